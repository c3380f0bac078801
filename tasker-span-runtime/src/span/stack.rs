//! `SpanStack`: the spans that the running code of a thread is in, innermost last. Spans of other
//! code are marks on it.

mod entry;
mod look;
mod marks;
mod untold;

use std::cell::RefCell;

use opentelemetry::ContextGuard;
use triomphe::{Arc, UniqueArc};

use super::local::{ACTIVATES, LOOKED_AT, LocalSpan, PROMOTED};
use crate::catalogue::copies;
use crate::catalogue::site::Site;
use crate::outcome::caught;
use crate::{fork, stats};

pub(crate) use entry::{ContextId, Entered, Entry, Key, Told};
pub(super) use look::{Surroundings, surroundings};
pub(crate) use look::{enclosing, innermost, innermost_of_events, is_context_of_other_code, near_entries};
pub(crate) use marks::{pop_foreign, pop_told, push_foreign, push_told};
pub(crate) use untold::{Untold, UntoldSpan, keep_context, set_told, untold};

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

/// An empty span; none while the thread ends, and then it counts as one that was not exported.
#[inline]
pub(crate) fn take(site: &'static Site) -> Option<UniqueArc<LocalSpan>> {
    match with(|stack| stack.pool.pop()) {
        Some(Some(mut span)) => {
            span.site = site;
            Some(span)
        }
        Some(None) => {
            copies::announce();
            fork::note_span();
            Some(UniqueArc::new(LocalSpan::empty(site)))
        }
        None => {
            note_lost();
            None
        }
    }
}

#[cold]
fn note_lost() {
    stats::SPANS_ENDED.add_one();
    stats::SPANS_NOT_EXPORTED.add_one();
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
    let context = ContextId::current();
    push_entry(span, |stack, span| {
        let told = Told::No;
        stack.push(|key| Entry::new(key, Entered::Local { span, told }, [context; 2], is_carried))
    })
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
    let contexts = [before, ContextId::current()];
    push_entry(span, |stack, span| {
        stack.push(|key| Entry {
            attached,
            ..Entry::new(key, Entered::Local { span, told }, contexts, is_carried)
        })
    })
}

/// Gives the span back while the thread ends. `push` gets no more than it needs: all that it captures is copied first.
#[inline]
fn push_entry(
    span: Arc<LocalSpan>,
    push: impl FnOnce(&mut SpanStack, Arc<LocalSpan>) -> Key,
) -> Result<Key, Arc<LocalSpan>> {
    let mut span = Some(span);
    let key = with(|stack| Some(push(stack, span.take()?)));
    match key.flatten() {
        Some(key) => Ok(key),
        None => span.map_or(Ok(Key(0)), Err),
    }
}

fn attach(span: &Arc<LocalSpan>) -> Option<ContextGuard> {
    let settings = span.settings.as_ref()?;
    Some((settings.context)(span)?.attach())
}

impl SpanStack {
    /// Pushes an entry with a key of its own.
    #[inline]
    fn push(&mut self, entry: impl FnOnce(Key) -> Entry) -> Key {
        self.last_key = self.last_key.wrapping_add(1);
        let key = Key(self.last_key);
        self.entries.push(entry(key));
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
        let span = stack.entries.pop().and_then(Entry::into_span)?;
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
    let untold = with(|stack| {
        let last = stack.entries.pop_if(|last| last.key == key && last.is_untold());
        last.and_then(Entry::into_span)
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
