//! The scope of a running span: what it knows of its task and step, for the spans inside it.

mod around;
pub(crate) mod entered;

pub(crate) use around::{SpanScope, any_around_of_step, around, carried, enclosing, outside, path};
pub(crate) use entered::{
    EnteredBoth, Frame, enter, enter_both, innermost, innermost_entered, is_dropped, is_thread_ending,
};

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
use crate::start::Collected;

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
    pub(crate) fn reuse(&mut self, collected: &mut Collected, dropped: Dropped) {
        self.site = collected.site;
        let own = self.attributes.get_mut().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(own, &mut collected.attributes);
        self.started_at = collected.started_at;
        self.unwinding = collected.unwinding;
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
