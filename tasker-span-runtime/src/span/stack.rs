//! `SpanStack`: the spans that the running code of a thread is in, innermost last. Spans of other
//! code are marks on it.

use std::cell::RefCell;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use smallvec::SmallVec;
use tracing::span::Id;
use triomphe::{Arc, UniqueArc};

use super::local::{ACTIVATES, LOOKED_AT, LocalSpan, PROMOTED};
use super::promoted::Promoted;
use super::settings::Settings;
use crate::catalogue::site::Site;
use crate::outcome::caught;

/// Tells a guard's entry from all others of the thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

/// Something that the running code is in.
#[derive(Debug)]
pub(crate) struct Entry {
    key: Key,
    pub(crate) span: Entered,
    /// OpenTelemetry's current span before the entry was pushed, and after it.
    contexts: [ContextId; 2],
    /// The work was carried here from the thread, or the task of the runtime, that the span runs in.
    is_carried: bool,
    /// The setting `activate_context`.
    attached: Option<ContextGuard>,
}

#[derive(Debug)]
pub(crate) enum Entered {
    Local {
        span: Arc<LocalSpan>,
        told: Told,
    },
    /// A span of other code, in the subscriber with this address.
    Foreign {
        subscriber: usize,
        id: Id,
        /// The local span in which it was created.
        enclosing: Option<Arc<LocalSpan>>,
        /// It was created in an unsampled span, and the sampler has to ask.
        is_unsampled: bool,
        /// It was entered already: `tracing` does not make it the current span again.
        is_again: bool,
    },
}

/// Whether the subscriber knows that the span is entered.
#[derive(Debug)]
pub(crate) enum Told {
    No,
    ByUs(Box<Promoted>),
    /// Other code entered the `tracing` side.
    ByOtherCode,
}

/// The id of OpenTelemetry's current span; zero without one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContextId(u64);

impl ContextId {
    #[inline]
    pub(crate) fn current() -> Self {
        let read = || {
            Context::map_current(|context| {
                if !context.has_active_span() {
                    return Self::default();
                }
                let span = context.span();
                let span = span.span_context();
                Self(u64::from_be_bytes(span.span_id().to_bytes()))
            })
        };
        // While the thread ends, OpenTelemetry's thread-local may be gone, and it panics.
        caught(read).unwrap_or_default()
    }
}

struct SpanStack {
    entries: Vec<Entry>,
    last_key: u64,
    /// Spans for later use.
    pool: Vec<UniqueArc<LocalSpan>>,
}

/// How many spans a thread keeps for later use.
const POOLED: usize = 32;

thread_local! {
    static STACK: RefCell<SpanStack> = const {
        RefCell::new(SpanStack { entries: Vec::new(), last_key: 0, pool: Vec::new() })
    };
}

/// Access fails only while the thread ends.
#[inline]
fn with<R>(act: impl FnOnce(&mut SpanStack) -> R) -> Option<R> {
    STACK
        .try_with(|stack| Some(act(&mut *stack.try_borrow_mut().ok()?)))
        .ok()
        .flatten()
}

/// Whether the thread is dropping its thread-locals. The subscriber's may be gone by then, and a panic would abort the
/// process.
#[inline]
pub(crate) fn is_thread_ending() -> bool {
    STACK.try_with(|_| ()).is_err()
}

/// An empty span; none while the thread ends.
#[inline]
pub(crate) fn take(site: &'static Site) -> Option<UniqueArc<LocalSpan>> {
    match with(|stack| stack.pool.pop())? {
        Some(mut span) => {
            span.site = site;
            Some(span)
        }
        None => Some(UniqueArc::new(LocalSpan::empty(site))),
    }
}

/// Keeps the memory of a span for a later one.
#[inline]
pub(super) fn recycle(mut span: UniqueArc<LocalSpan>) {
    span.clear();
    let left = with(|stack| {
        if stack.pool.len() < POOLED {
            stack.pool.push(span);
            None
        } else {
            Some(span)
        }
    });
    drop(left);
}

/// Makes the span the thread's active one. Gives it back while the thread ends.
#[inline]
pub(crate) fn push(span: Arc<LocalSpan>, is_carried: bool) -> Result<Key, Arc<LocalSpan>> {
    if span.has(PROMOTED | ACTIVATES) {
        return push_seen(span, is_carried);
    }
    let contexts = [ContextId::current(); 2];
    push_entry(span, Told::No, contexts, is_carried, None)
}

/// Pushes a span that the subscriber, or OpenTelemetry, is told of.
#[cold]
fn push_seen(span: Arc<LocalSpan>, is_carried: bool) -> Result<Key, Arc<LocalSpan>> {
    let promoted = span.promoted();
    if let Some(promoted) = &promoted {
        // As when other code's span is entered: the local spans beneath it are promoted first.
        caught(|| promoted.dispatch.current_span());
    }
    let before = ContextId::current();
    let attached = if span.has(ACTIVATES) {
        caught(|| attach(&span)).flatten()
    } else {
        None
    };
    let told = match promoted {
        Some(promoted) => {
            promoted.enter();
            Told::ByUs(Box::new(promoted))
        }
        None => Told::No,
    };
    push_entry(span, told, [before, ContextId::current()], is_carried, attached)
}

#[inline]
fn push_entry(
    span: Arc<LocalSpan>,
    told: Told,
    contexts: [ContextId; 2],
    is_carried: bool,
    attached: Option<ContextGuard>,
) -> Result<Key, Arc<LocalSpan>> {
    let mut span = Some(span);
    let key = with(|stack| {
        let span = span.take()?;
        Some(stack.push(Entered::Local { span, told }, contexts, is_carried, attached))
    });
    match key.flatten() {
        Some(key) => Ok(key),
        None => span.map_or_else(|| Ok(Key(0)), Err),
    }
}

fn attach(span: &Arc<LocalSpan>) -> Option<ContextGuard> {
    let settings = span.settings.as_ref()?;
    Some((settings.context)(span)?.attach())
}

impl SpanStack {
    #[inline]
    fn push(
        &mut self,
        span: Entered,
        contexts: [ContextId; 2],
        is_carried: bool,
        attached: Option<ContextGuard>,
    ) -> Key {
        self.last_key = self.last_key.wrapping_add(1);
        let key = Key(self.last_key);
        self.entries.push(Entry {
            key,
            span,
            contexts,
            is_carried,
            attached,
        });
        key
    }

    /// Guards may be dropped in any order.
    fn remove(&mut self, key: Key) -> Option<Entry> {
        let index = self.entries.iter().rposition(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    /// Whether the subscriber was told of the span by an entry below this one.
    fn is_told_below(&self, index: usize, span: &Arc<LocalSpan>) -> bool {
        let is_it = |entry: &Entry| matches!(&entry.span, Entered::Local { span: other, told: Told::ByUs(_) | Told::ByOtherCode } if Arc::ptr_eq(other, span));
        self.entries[..index].iter().rev().take(LOOKED_AT).any(is_it)
    }

    fn remove_last(&mut self, is_it: impl Fn(&Entered) -> bool) -> Option<Entry> {
        let index = self.entries.iter().rposition(|entry| is_it(&entry.span))?;
        Some(self.entries.remove(index))
    }
}

/// Takes an unsampled span out and keeps its memory, if it is the innermost entry and `ends` says that nothing depends on its
/// end.
#[inline]
pub(super) fn end_unseen(key: Key, ends: impl FnOnce(&mut Arc<LocalSpan>) -> bool) -> bool {
    let ended = with(|stack| {
        let Some(Entry {
            key: last,
            span: Entered::Local { span, told: Told::No },
            attached: None,
            ..
        }) = stack.entries.last_mut()
        else {
            return None;
        };
        if *last != key || !ends(span) {
            return None;
        }
        let Some(Entry {
            span: Entered::Local { span, .. },
            ..
        }) = stack.entries.pop()
        else {
            return None;
        };
        let mut span = Arc::try_unique(span).ok()?;
        let enclosing = span.enclosing.take();
        span.clear();
        if stack.pool.len() < POOLED {
            stack.pool.push(span);
        }
        Some(enclosing)
    });
    ended.flatten().is_some()
}

/// Takes the span out again; none if the thread has ended.
#[inline]
pub(crate) fn pop(key: Key) -> Option<Arc<LocalSpan>> {
    let untold = with(|stack| match stack.entries.last() {
        Some(Entry {
            key: last,
            span: Entered::Local { told: Told::No, .. },
            attached: None,
            ..
        }) if *last == key => match stack.entries.pop() {
            Some(Entry {
                span: Entered::Local { span, .. },
                ..
            }) => Some(span),
            _ => None,
        },
        _ => None,
    });
    untold.flatten().or_else(|| pop_any(key))
}

/// Takes out a span that others were told of, or that is not the innermost one.
#[cold]
fn pop_any(key: Key) -> Option<Arc<LocalSpan>> {
    let Entry { span, attached, .. } = with(|stack| stack.remove(key)).flatten()?;
    if let Some(attached) = attached {
        caught(|| drop(attached));
    }
    let Entered::Local { span, told } = span else {
        return None;
    };
    if let Told::ByUs(promoted) = told {
        promoted.exit();
        // Work that outlives the span had it promoted again.
        if span.has_ended()
            && let Some(promoted) = span.take_promoted()
        {
            promoted.close();
        }
    }
    Some(span)
}

/// Pushes a mark for a span of other code.
pub(crate) fn push_foreign(subscriber: usize, id: &Id, enclosing: Option<Arc<LocalSpan>>, is_unsampled: bool) {
    let contexts = [ContextId::current(); 2];
    with(|stack| {
        let mut entries = stack.entries.iter().rev().take(LOOKED_AT);
        let is_again = entries.any(|entry| is_foreign(&entry.span, subscriber, id));
        let entered = Entered::Foreign {
            subscriber,
            id: id.clone(),
            enclosing,
            is_unsampled,
            is_again,
        };
        stack.push(entered, contexts, false, None);
    });
}

/// Removes the mark.
pub(crate) fn pop_foreign(subscriber: usize, id: &Id) {
    let removed = with(|stack| stack.remove_last(|entered| is_foreign(entered, subscriber, id)));
    caught(|| drop(removed));
}

fn is_foreign(entered: &Entered, subscriber: usize, id: &Id) -> bool {
    matches!(entered, Entered::Foreign { subscriber: other, id: other_id, .. }
        if *other == subscriber && other_id == id)
}

/// Other code entered the `tracing` side of a promoted span, which is active again.
pub(crate) fn push_told(span: Arc<LocalSpan>) {
    let contexts = [ContextId::current(); 2];
    let entered = Entered::Local {
        span,
        told: Told::ByOtherCode,
    };
    with(|stack| stack.push(entered, contexts, true, None));
}

/// Other code left the `tracing` side.
pub(crate) fn pop_told(span: &LocalSpan) {
    let is_it = |entered: &Entered| matches!(entered, Entered::Local { span: other, told: Told::ByOtherCode } if std::ptr::eq(&raw const **other, span));
    drop(with(|stack| stack.remove_last(is_it)));
}

/// Local spans that this subscriber was not told of, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    pub(crate) spans: SmallVec<[UntoldSpan; 4]>,
    /// The innermost span that was entered once more, and how many of `spans` are below it.
    pub(crate) again: Option<(Key, usize)>,
}

#[derive(Debug)]
pub(crate) struct UntoldSpan {
    pub(crate) span: Arc<LocalSpan>,
    /// Code inside the span has attached another context to OpenTelemetry. Entered now, the span would be above it.
    pub(crate) is_beneath: bool,
}

/// The nearest local spans at the top that this subscriber was not told of. Spans that were entered already are passed over:
/// `tracing` does not make them the current span again.
pub(crate) fn untold(settings: &Settings) -> Untold {
    let current = ContextId::current();
    let untold = with(|stack| {
        let mut untold = Untold::default();
        let mut again = None;
        let (mut inside, mut is_beneath) = (current, false);
        for (index, entry) in stack.entries.iter().enumerate().rev().take(LOOKED_AT) {
            match &entry.span {
                Entered::Local { span, told: Told::No } => {
                    let own = span.settings.as_ref();
                    if !own.is_some_and(|own| std::ptr::eq(&raw const **own, settings)) {
                        break;
                    }
                    is_beneath |= !is_of_ours(&stack.entries[..=index], inside);
                    let span = Arc::clone(span);
                    untold.spans.push(UntoldSpan { span, is_beneath });
                }
                Entered::Local { span, .. } if stack.is_told_below(index, span) => {
                    again = again.or(Some((entry.key, untold.spans.len())));
                }
                Entered::Foreign { is_again: true, .. } => again = again.or(Some((entry.key, untold.spans.len()))),
                _ => break,
            }
            inside = entry.contexts[0];
        }
        untold.again = again.map(|(key, above)| (key, untold.spans.len() - above));
        untold.spans.reverse();
        untold
    });
    untold.unwrap_or_default()
}

/// Holds OpenTelemetry's current context until the entry is removed.
pub(crate) fn keep_context(key: Key, context: ContextGuard) {
    let unused = with(
        |stack| match stack.entries.iter_mut().rev().find(|entry| entry.key == key) {
            Some(Entry {
                attached: attached @ None,
                ..
            }) => {
                *attached = Some(context);
                None
            }
            _ => Some(context),
        },
    );
    caught(|| drop(unused));
}

/// Notes that the subscriber was told: the span was promoted and entered while it was on the stack.
pub(crate) fn set_told(span: &Arc<LocalSpan>, promoted: Promoted) {
    let context = ContextId::current();
    with(|stack| {
        let untold = stack.entries.iter_mut().rev().find(
            |entry| matches!(&entry.span, Entered::Local { span: other, told: Told::No } if Arc::ptr_eq(other, span)),
        );
        if let Some(entry) = untold {
            entry.contexts[1] = context;
            if let Entered::Local { told, .. } = &mut entry.span {
                *told = Told::ByUs(Box::new(promoted));
            }
        }
    });
}

impl Entry {
    /// Whether OpenTelemetry's current span is still that with which the entry was pushed.
    pub(crate) fn is_current(&self, current: ContextId) -> bool {
        self.contexts[1] == current
    }
}

/// Looks at the innermost entry. `look` must not run other code.
#[inline]
pub(crate) fn innermost<R>(look: impl FnOnce(&Entry) -> R) -> Option<R> {
    with(|stack| stack.entries.last().map(look)).flatten()
}

/// As [`innermost`], without other code's spans that were entered once more: `tracing` adds no events to them.
pub(crate) fn innermost_of_events<R>(look: impl FnOnce(&Entry) -> R) -> Option<R> {
    with(|stack| {
        let mut entries = stack.entries.iter().rev().take(LOOKED_AT);
        entries
            .find(|entry| !matches!(entry.span, Entered::Foreign { is_again: true, .. }))
            .map(look)
    })
    .flatten()
}

/// What a span starts in.
#[derive(Debug, Default)]
pub(super) struct Surroundings {
    /// The active span.
    pub(super) enclosing: Option<Arc<LocalSpan>>,
    /// Its work was carried here.
    pub(super) is_carried: bool,
    /// No span of other code is in between, as a mark or as OpenTelemetry's current one.
    pub(super) is_alone: bool,
}

#[inline]
pub(super) fn surroundings() -> Surroundings {
    let current = ContextId::current();
    let surroundings = with(|stack| match stack.entries.last() {
        None => Surroundings {
            is_alone: current == ContextId::default(),
            ..Surroundings::default()
        },
        Some(Entry {
            span: Entered::Local { span, .. },
            is_carried,
            contexts,
            ..
        }) => Surroundings {
            enclosing: Some(Arc::clone(span)),
            is_carried: *is_carried,
            is_alone: contexts[1] == current || !stack.is_of_other_code(current),
        },
        Some(_) => {
            let (enclosing, is_carried) = stack.active().unzip();
            Surroundings {
                enclosing,
                is_carried: is_carried.unwrap_or(false),
                is_alone: false,
            }
        }
    });
    surroundings.unwrap_or_default()
}

/// Whether other code has made OpenTelemetry's current context, inside of the innermost entry: a span of its own, or one of
/// another process.
pub(crate) fn is_context_of_other_code() -> bool {
    let current = ContextId::current();
    with(|stack| stack.is_of_other_code(current)).unwrap_or(false)
}

impl SpanStack {
    fn is_of_other_code(&self, current: ContextId) -> bool {
        // Of a mark, the current context is the span's own.
        match self.entries.split_last() {
            Some((last, below)) if matches!(last.span, Entered::Foreign { .. }) => !is_of_ours(below, current),
            _ => !is_of_ours(&self.entries, current),
        }
    }

    fn active(&self) -> Option<(Arc<LocalSpan>, bool)> {
        let mut entries = self.entries.iter().rev().take(LOOKED_AT);
        entries.find_map(|entry| match &entry.span {
            Entered::Local { span, .. } => Some((Arc::clone(span), entry.is_carried)),
            Entered::Foreign { enclosing, .. } => enclosing.as_ref().map(|span| (Arc::clone(span), true)),
        })
    }
}

/// Whether the context is none, or one with which an entry was pushed. That of an outer entry comes back if guards are dropped
/// out of order.
fn is_of_ours(entries: &[Entry], context: ContextId) -> bool {
    let mut entries = entries.iter().rev().take(LOOKED_AT);
    context == ContextId::default() || entries.any(|entry| entry.contexts.contains(&context))
}

/// Looks at the innermost entries, outermost first. `look` must not run other code.
pub(crate) fn near_entries<R>(look: impl FnOnce(&[Entry]) -> R) -> Option<R> {
    with(|stack| look(&stack.entries[stack.entries.len().saturating_sub(LOOKED_AT)..]))
}

/// The active span: the innermost local span, also through spans of other code that were created in one.
#[inline]
pub(crate) fn enclosing() -> Option<Arc<LocalSpan>> {
    with(|stack| stack.active()).flatten().map(|(span, _)| span)
}

/// Spans whose guards outlive the thread's stack end with it.
impl Drop for SpanStack {
    fn drop(&mut self) {
        while let Some(mut entry) = self.entries.pop() {
            // OpenTelemetry's stack ends with the thread too, and may be gone.
            std::mem::forget(entry.attached.take());
            if let Entered::Local {
                span,
                told: Told::No | Told::ByUs(_),
            } = entry.span
                && !entry.is_carried
                && let Some(settings) = span.settings.clone()
            {
                (settings.end)(span);
            }
        }
    }
}
