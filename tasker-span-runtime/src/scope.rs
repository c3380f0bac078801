//! The scope of a running span: what it knows of its task and step, for the spans inside it.
//!
//! The enclosing scope is found through tracing's current span, so that `#[instrument]`ed functions, `in_scope` and
//! `.instrument(…)` of other code count, and through a thread-local where tracing has no current span.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use tracing::Dispatch;
use tracing::dispatcher::WeakDispatch;
use tracing::span::Id;
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use crate::attributes::Attributes;
use crate::catalogue::Attribute;
use crate::dropped::{self, Dropped};
use crate::identity::SpanId;
use crate::messaging::Messages;
use crate::recording::Handle;
use crate::sampling::Decision;
use crate::site::Site;

/// What a span knows, shared with the spans inside it.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) site: &'static Site,
    attributes: Mutex<Attributes>,
    /// When the task began, where the span's subject says so.
    pub(crate) started_at: Option<SystemTime>,
    /// The thread was unwinding already when the span began: the span ran in a destructor.
    pub(crate) unwinding: bool,
    /// The span names the messages that it processes.
    pub(crate) processes_messages: bool,
    sent: Mutex<Option<Box<Messages>>>,
    /// Attributes recorded after the start, one bit each.
    recorded: AtomicU16,
    /// The started span, once there is one.
    pub(crate) handle: OnceLock<Handle>,
    pub(crate) span: OnceLock<SpanRef>,
    /// What the `tracestate` of the span says of its sampling.
    pub(crate) sampled: Option<Decision>,
    /// The scope around this one, where one of the two is dropped.
    pub(crate) around: OnceLock<Option<Arc<Scope>>>,
    /// Set where sampling has dropped the scope, which then has neither of these two.
    pub(crate) dropped: Option<Dropped>,
}

/// A tracing span, whose id means nothing to any subscriber but its own. It holds neither of them open.
#[derive(Debug)]
pub(crate) struct SpanRef {
    subscriber: WeakDispatch,
    id: Id,
}

impl SpanRef {
    pub(crate) fn new(span: &tracing::Span) -> Option<Self> {
        span.with_subscriber(|(id, dispatch)| Self {
            subscriber: dispatch.downgrade(),
            id: id.clone(),
        })
    }

    /// Hands out the span, unless it is closed: layers panic when asked about one that they do not know.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&Dispatch, &Id) -> R) -> Option<R> {
        let dispatch = self.subscriber.upgrade()?;
        if let Some(registry) = dispatch.downcast_ref::<Registry>() {
            registry.span(&self.id)?;
        }
        Some(f(&dispatch, &self.id))
    }

    fn is(&self, dispatch: &Dispatch, id: &Id) -> bool {
        let registry = |dispatch: &Dispatch| dispatch.downcast_ref::<Registry>().map(std::ptr::from_ref);
        self.id == *id
            && self
                .subscriber
                .upgrade()
                .is_some_and(|own| registry(&own) == registry(dispatch))
    }
}

impl Scope {
    pub(crate) fn new(
        site: &'static Site,
        attributes: Attributes,
        started_at: Option<SystemTime>,
        processes_messages: bool,
    ) -> Self {
        Self {
            site,
            attributes: Mutex::new(attributes),
            started_at,
            unwinding: std::thread::panicking(),
            processes_messages,
            sent: Mutex::default(),
            recorded: AtomicU16::new(0),
            handle: OnceLock::new(),
            span: OnceLock::new(),
            sampled: None,
            around: OnceLock::new(),
            dropped: None,
        }
    }

    /// Makes a scope that nobody shares into a dropped one, and takes the attributes over.
    pub(crate) fn reuse(
        &mut self,
        site: &'static Site,
        attributes: &mut Attributes,
        started_at: Option<SystemTime>,
        dropped: Dropped,
    ) {
        self.site = site;
        let own = self.attributes.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(own, attributes);
        self.started_at = started_at;
        self.unwinding = std::thread::panicking();
        *self.recorded.get_mut() = 0;
        self.sent.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        self.dropped = Some(dropped);
    }

    /// Says what is around the scope.
    pub(crate) fn stand_in(&self, around: &Arc<Self>) {
        let _ = self
            .around
            .set((around.depth() < MAX_DEPTH).then(|| Arc::clone(around)));
    }

    /// Says that nothing is around the scope.
    pub(crate) fn stand_alone(&self) {
        let _ = self.around.set(None);
    }

    /// Lets go of the scope around.
    pub(crate) fn leave(&mut self) {
        self.around.take();
    }

    fn depth(&self) -> usize {
        std::iter::successors(Some(self), |scope| scope.around.get()?.as_deref())
            .take(MAX_DEPTH)
            .count()
    }

    /// The task and the step that the scope is about.
    pub(crate) fn identity(&self) -> (Option<Uuid>, Option<Uuid>) {
        if let Some(dropped) = &self.dropped {
            return dropped.identity();
        }
        let attributes = self.attributes();
        (attributes.task_uuid, attributes.step_uuid)
    }

    /// Whether the scope's span is exported when it ends.
    pub(crate) fn is_exported(&self) -> bool {
        self.handle.get().is_some_and(Handle::is_sampled)
    }

    /// The id under which the scope's span is exported, or will be if something fails.
    pub(crate) fn exported_id(self: &Arc<Self>) -> Option<SpanId> {
        match &self.dropped {
            Some(_) => dropped::span_id(self),
            None => self.handle.get()?.span_id(),
        }
    }

    /// The attributes known so far. The guard must not be held while other code runs.
    pub(crate) fn attributes(&self) -> MutexGuard<'_, Attributes> {
        self.attributes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The messages that the span has sent so far. The guard must not be held while other code runs.
    pub(crate) fn sent(&self) -> MutexGuard<'_, Option<Box<Messages>>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a late attribute as recorded; false if it was already.
    pub(crate) fn mark_recorded(&self, attribute: Attribute) -> bool {
        self.recorded.fetch_or(bit(attribute), Ordering::Relaxed) & bit(attribute) == 0
    }

    pub(crate) fn is_recorded(&self, attribute: Attribute) -> bool {
        self.recorded.load(Ordering::Relaxed) & bit(attribute) != 0
    }
}

/// How many scopes one keeps alive at most: work that spawns its own successor stands in ever more of them.
const MAX_DEPTH: usize = 64;

fn bit(attribute: Attribute) -> u16 {
    1 << (attribute as u16)
}

thread_local! {
    /// The scopes that are entered on this thread, innermost last.
    static ENTERED: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

/// Whether the thread is dropping its thread-locals. The subscriber's may be gone by then, and a panic would abort the
/// process.
#[inline]
pub(crate) fn is_thread_ending() -> bool {
    ENTERED.try_with(|_| ()).is_err()
}

/// Makes a scope the thread's current one until dropped; never held across an `.await`.
#[derive(Debug)]
pub(crate) struct Entered(Arc<Scope>);

pub(crate) fn enter(scope: Arc<Scope>) -> Entered {
    // Access fails only while the thread ends, where no scope matters any more.
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Arc::clone(&scope)));
    Entered(scope)
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Guards may be dropped in any order.
        let left = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            let index = entered.iter().rposition(|scope| Arc::ptr_eq(scope, &self.0))?;
            Some(entered.remove(index))
        });
        drop(left);
    }
}

/// Looks at the innermost scope that is entered on this thread, where there is one.
#[inline]
pub(crate) fn innermost<R>(look: impl FnOnce(&Arc<Scope>) -> R) -> Option<R> {
    ENTERED
        .try_with(|entered| entered.borrow().last().map(look))
        .ok()
        .flatten()
}

/// The innermost scope that is entered on this thread.
#[inline]
pub(crate) fn innermost_entered() -> Option<Arc<Scope>> {
    innermost(Arc::clone)
}

/// The scope around `scope`, for which no span of tracing stands: of the spans that the current one stands under, the nearest
/// that was not entered inside of it.
pub(crate) fn outside(scope: &Arc<Scope>) -> Option<Arc<Scope>> {
    let inside = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        let own = entered.iter().rposition(|other| Arc::ptr_eq(other, scope));
        own.map(|own| entered[own..].to_vec()).unwrap_or_default()
    });
    let inside = inside.unwrap_or_default();
    tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let span = dispatch.current_span();
        registry.span(span.id()?)?.scope().find_map(|span| {
            let extensions = span.extensions();
            let SpanScope(around) = extensions.get()?;
            let is_inside = inside.iter().any(|inside| Arc::ptr_eq(inside, around));
            (!is_inside).then(|| Arc::clone(around))
        })
    })
}

/// Whether the running code is inside of a scope that sampling has dropped.
#[inline]
pub(crate) fn is_dropped() -> bool {
    innermost(|scope| scope.dropped.is_some()).unwrap_or(false)
}

/// A tracing span and its scope, entered together.
pub(crate) type EnteredBoth<'a> = Option<(tracing::span::Entered<'a>, Option<Entered>)>;

/// Makes both current until dropped; neither while the thread ends.
pub(crate) fn enter_both<'a>(span: &'a tracing::Span, scope: Option<&Arc<Scope>>) -> EnteredBoth<'a> {
    (!is_thread_ending()).then(|| (span.enter(), scope.map(|scope| enter(Arc::clone(scope)))))
}

/// A scope in the extensions of its tracing span.
#[derive(Debug)]
pub(crate) struct SpanScope(pub(crate) Arc<Scope>);

/// The innermost scope around the running code.
pub(crate) fn enclosing() -> Option<Arc<Scope>> {
    let current = ENTERED
        .try_with(|entered| entered.borrow().last().cloned())
        .ok()
        .flatten();
    // No span of tracing stands for a dropped scope: the current one is around it, or inside of it and dropped with it.
    if current.as_ref().is_some_and(|scope| scope.dropped.is_some()) {
        return current;
    }
    tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let id = span.id()?;
        let entered = current.as_ref().and_then(|scope| scope.span.get());
        if entered.is_some_and(|span| span.is(dispatch, id)) {
            return None;
        }
        in_span(dispatch, id)
    })
    .or(current)
}

/// The innermost scope around the running code, for work that leaves its thread or outlives it.
pub(crate) fn carried() -> Option<Arc<Scope>> {
    let scope = enclosing()?;
    if scope.dropped.is_some() {
        dropped::carry(&scope);
    }
    Some(scope)
}

/// The scope of a tracing span, or of the nearest of its ancestors that has one.
fn in_span(dispatch: &Dispatch, id: &Id) -> Option<Arc<Scope>> {
    let registry = dispatch.downcast_ref::<Registry>()?;
    registry
        .span(id)?
        .scope()
        .find_map(|span| span.extensions().get::<SpanScope>().map(|scope| Arc::clone(&scope.0)))
}

/// The scopes around the running code, innermost first: of the tracing spans that the current one stands under, or, where
/// there is none of ours, of those entered on this thread.
pub(crate) fn around() -> Vec<Arc<Scope>> {
    let of_spans = tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let registry = dispatch.downcast_ref::<Registry>()?;
        let spans = registry.span(span.id()?)?.scope();
        let scopes = spans.filter_map(|span| span.extensions().get::<SpanScope>().map(|scope| Arc::clone(&scope.0)));
        Some(scopes.collect::<Vec<_>>())
    });
    let of_spans = of_spans.unwrap_or_default();
    if !of_spans.is_empty() {
        return of_spans;
    }
    let entered = ENTERED.try_with(|entered| entered.borrow().iter().rev().cloned().collect());
    entered.unwrap_or_default()
}

/// Whether any scope around the running code is such a one: of those entered on this thread, or of the tracing spans that
/// the current one stands under.
pub(crate) fn any_around(is_such: impl Fn(&Scope) -> bool) -> bool {
    let is_entered = ENTERED.try_with(|entered| entered.borrow().iter().any(|scope| is_such(scope)));
    is_entered.unwrap_or(false)
        || tracing::dispatcher::get_default(|dispatch| {
            let span = dispatch.current_span();
            let registry = dispatch.downcast_ref::<Registry>()?;
            let mut around = registry.span(span.id()?)?.scope();
            Some(around.any(|span| {
                span.extensions()
                    .get::<SpanScope>()
                    .is_some_and(|scope| is_such(&scope.0))
            }))
        })
        .unwrap_or(false)
}

/// The names of the spans around the running code, outermost first.
pub(crate) fn path() -> Vec<&'static str> {
    tracing::dispatcher::get_default(|dispatch| {
        let span = dispatch.current_span();
        let registry = dispatch.downcast_ref::<Registry>()?;
        let scope = registry.span(span.id()?)?.scope();
        Some(scope.from_root().map(|span| span.name()).collect())
    })
    .unwrap_or_default()
}
