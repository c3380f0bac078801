//! `LocalSpan`: a running span of ours, sampled or not. What is exported of it is a `SpanRecord`.

use std::fmt;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use triomphe::Arc;
use uuid::Uuid;

use super::promoted::Promoted;
use super::sampling_decision::SamplingDecision;
use super::settings::Settings;
use crate::catalogue::place::Place;
use crate::catalogue::site::Site;
use crate::clock::Instant;
use crate::identity::{SpanId, TraceId};
use crate::record::{Extra, SpanRecord, StoredFields, pool};
use crate::sampled_by::SampledBy;
use crate::sampling::{self, Rates};

/// A running span. It is on its thread's span stack while its code runs, and in its future between polls.
///
/// The plain fields are set before the span is pushed for the first time, and do not change any more.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, a byte each")]
pub(crate) struct LocalSpan {
    pub(crate) site: &'static Site,
    /// What is exported of the span. Its attributes are those that are known at the start. Late ones are in [`Extra`]: see
    /// [`known`](Self::known).
    pub(crate) record: Box<SpanRecord>,
    pub(crate) sampling: SamplingDecision,
    pub(crate) started: Instant,
    /// When the message was sent that the span processes, in nanoseconds since 1970; 0 if it is not known.
    pub(super) enqueued_at: u64,
    /// When the task started, if the span's subject knows it.
    pub(super) started_at: Option<SystemTime>,
    /// The thread was unwinding when the span started: it runs in a destructor.
    pub(super) is_unwinding: bool,
    /// Whether the span claimed a derived id, which its end may have to release.
    pub(super) has_derived_id: bool,
    /// Whether the enclosing span was found, and the attributes completed as far as they can be.
    pub(super) is_resolved: bool,
    /// Whether the sampling decision is made.
    pub(super) is_prepared: bool,
    /// Whether every required attribute was known at the start.
    pub(super) is_complete: bool,
    /// Whether no span of other code is between the span and its enclosing one.
    pub(super) is_alone: bool,
    /// Whether it began before its task existed: see `creation`.
    pub(super) is_taskless: bool,
    /// Whether its trace may not be known before it ends: it is taskless, or inside of a span that is.
    pub(super) is_unplaced: bool,
    /// Whether the enclosing span is about the same task, and about the same step or as little about one.
    pub(super) is_same_task: bool,
    pub(super) is_same_step: bool,
    /// Whether the extra has a `tracestate`, for the children.
    pub(super) has_tracestate: bool,
    /// Which of the places of its call site the span has.
    pub(super) place: u8,
    /// What is still to be found of the transition that the work belongs to.
    pub(super) awaits: Awaits,
    /// How often work was carried out of its span between the first span and this one.
    pub(super) carried: u8,
    /// The span that was active at the start.
    pub(crate) enclosing: Option<Arc<LocalSpan>>,
    /// Of the subscriber that wanted the span.
    pub(crate) settings: Option<std::sync::Arc<Settings>>,
    pub(super) state: AtomicU16,
    /// The fields of an unsampled span that it has if it is exported.
    pub(super) stored: StoredFields,
    /// Late attributes that were recorded, one bit each.
    pub(super) recorded: AtomicU16,
    pub(super) extra: Mutex<Option<Box<Extra>>>,
    /// Finished spans whose trace is known when this one ends.
    pub(super) held: Mutex<Vec<Unplaced>>,
    pub(super) promoted: Mutex<Option<Box<Promoted>>>,
}

/// What is still to be found, when the span ends, of the transition that its work belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Awaits {
    #[default]
    Nothing,
    /// The transition becomes the parent.
    Parent,
    /// The enclosing span is the parent, and the transition is linked to.
    Link,
}

/// A finished span whose trace is not known yet.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, a byte each")]
pub(super) struct Unplaced {
    pub(super) record: Box<SpanRecord>,
    /// The enclosing span that began without a task, and is its parent.
    pub(super) around: Option<Arc<LocalSpan>>,
    /// Whether its parent in the caller's trace is exported, as far as is known.
    pub(super) is_caller_exported: bool,
    /// Its parent is the catalogue's, by a derived id.
    pub(super) has_derived_parent: bool,
    pub(super) site: &'static Site,
    pub(super) place: &'static Place,
    /// The task that it knew from the start, or has learned.
    pub(super) task_uuid: Option<Uuid>,
    /// It began without a task.
    pub(super) is_taskless: bool,
    pub(super) is_pinned: bool,
    pub(super) is_sampled: bool,
    /// Why it is exported even if it is unsampled: for its own end, or as the ancestor of such a span.
    pub(super) sampled_by: Option<SampledBy>,
    /// It is unsampled, and an execution with its derived id.
    pub(super) has_claim: bool,
    pub(super) has_succeeded: bool,
}

// Bits of the state.
/// The span has ended.
pub(super) const ENDED: u16 = 1;
/// A descendant was exported that has this unsampled span as its ancestor.
pub(super) const WANTED: u16 = 2;
/// The span was exported.
pub(super) const EXPORTED: u16 = 4;
/// The span has a `tracing` side.
pub(super) const PROMOTED: u16 = 8;
/// The program's own id generator gave other ids, which are in the `tracing` side.
pub(super) const OTHER_IDS: u16 = 16;
/// A filter keeps the span out of the trace.
pub(super) const FILTERED: u16 = 32;
/// The span is made OpenTelemetry's current one while its code runs.
pub(super) const ACTIVATES: u16 = 64;
/// The span began without a task, and its context is known elsewhere: it stays with its caller.
pub(super) const PINNED: u16 = 128;
/// A descendant was exported for an error. Without it, a wanted span is wanted for slowness.
pub(super) const WANTED_BY_ERROR: u16 = 256;
/// The registry of open work waits for its end.
pub(super) const LISTED: u16 = 512;

/// How many enclosing spans, or entries of the span stack, are looked at: forgotten guards may have left thousands.
pub(super) const LOOKED_AT: usize = 64;

impl LocalSpan {
    /// A span with nothing in it.
    pub(super) fn empty(site: &'static Site) -> Self {
        Self {
            site,
            record: pool::take(),
            sampling: SamplingDecision::SAMPLED,
            started: Instant::default(),
            enqueued_at: 0,
            started_at: None,
            is_unwinding: false,
            has_derived_id: false,
            is_resolved: false,
            is_prepared: false,
            is_complete: false,
            is_alone: false,
            is_taskless: false,
            is_unplaced: false,
            is_same_task: false,
            is_same_step: false,
            has_tracestate: false,
            place: 0,
            awaits: Awaits::Nothing,
            carried: 0,
            enclosing: None,
            settings: None,
            state: AtomicU16::new(0),
            stored: StoredFields::default(),
            recorded: AtomicU16::new(0),
            extra: Mutex::new(None),
            held: Mutex::new(Vec::new()),
            promoted: Mutex::new(None),
        }
    }

    /// Makes the memory free for another span.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.record.attributes.clear();
        self.enqueued_at = 0;
        self.started_at = None;
        self.has_derived_id = false;
        self.is_resolved = false;
        self.is_prepared = false;
        self.has_tracestate = false;
        self.is_taskless = false;
        self.is_unplaced = false;
        self.place = 0;
        self.awaits = Awaits::Nothing;
        self.carried = 0;
        self.enclosing = None;
        self.stored.clear();
        *self.state.get_mut() = 0;
        *self.recorded.get_mut() = 0;
        let extra = self.extra.get_mut().unwrap_or_else(PoisonError::into_inner);
        if extra.is_some() {
            *extra = None;
        }
        let promoted = self.promoted.get_mut().unwrap_or_else(PoisonError::into_inner);
        if promoted.is_some() {
            *promoted = None;
        }
        // The installed subscriber's settings are those of most spans: they are compared, not counted again.
        if self
            .settings
            .as_ref()
            .is_some_and(|settings| settings.trace_filter.is_none())
        {
            self.settings = None;
        }
    }

    /// What few spans have, of a span that is not shared yet.
    pub(super) fn extra_mut(&mut self) -> &mut Extra {
        self.extra
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert_default()
    }

    #[inline]
    pub(super) fn take_extra(&mut self) -> Option<Box<Extra>> {
        self.extra.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn has_extra_mut(&mut self) -> bool {
        self.extra.get_mut().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Separates the identity caches of captures.
    #[inline]
    pub(crate) fn realm(&self) -> u128 {
        self.settings.as_ref().map_or(0, |settings| settings.realm)
    }

    /// Reads the sampling rates that the span is decided by.
    #[inline]
    pub(super) fn with_rates<R>(&self, read: impl FnOnce(&Rates) -> R) -> R {
        match &self.settings {
            Some(settings) => settings.with_rates(read),
            None => sampling::with_rates(read),
        }
    }

    #[inline]
    pub(super) fn has(&self, bit: u16) -> bool {
        self.state.load(Ordering::Acquire) & bit != 0
    }

    /// Sets a bit, and returns the state before.
    #[inline]
    pub(super) fn set(&self, bit: u16) -> u16 {
        self.state.fetch_or(bit, Ordering::AcqRel)
    }

    pub(super) fn unset(&self, bit: u16) {
        self.state.fetch_and(!bit, Ordering::AcqRel);
    }

    /// Whether the span has ended: its id is still its children's parent, and nothing can be added to it.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.has(ENDED)
    }

    #[inline]
    pub(crate) fn span_id(&self) -> SpanId {
        self.other_ids().map_or(self.record.span_id, |ids| ids.1)
    }

    pub(super) fn other_ids(&self) -> Option<(TraceId, SpanId)> {
        if self.has(OTHER_IDS) {
            self.with_promoted(|promoted| promoted.as_ref()?.other_ids)
        } else {
            None
        }
    }

    /// Whether the span is exported whatever its outcome.
    #[inline]
    pub(crate) fn is_exported(&self) -> bool {
        self.sampling.is_sampled && !self.has(FILTERED)
    }

    /// Whether the span may be exported: its subscriber has our layer, and no filter keeps the span out of the trace. Of any
    /// other span nothing is counted.
    pub(crate) fn may_be_exported(&self) -> bool {
        self.settings.is_some() && !self.has(FILTERED)
    }

    /// Notes that a filter keeps the span out of the trace: it is active, and never exported.
    pub(crate) fn note_filtered(&self) {
        self.set(FILTERED);
    }

    pub(crate) fn is_filtered(&self) -> bool {
        self.has(FILTERED)
    }

    /// The nearest of the spans that enclose this one, innermost first.
    pub(crate) fn near_ancestors(&self) -> impl Iterator<Item = &Arc<LocalSpan>> {
        std::iter::successors(self.enclosing.as_ref(), |span| span.enclosing.as_ref()).take(LOOKED_AT)
    }
}

/// Only the ids: attributes are the program's data.
impl fmt::Debug for LocalSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSpan")
            .field("name", &self.site.name())
            .field("trace_id", &self.record.trace_id)
            .field("span_id", &self.record.span_id)
            .finish_non_exhaustive()
    }
}

/// A chain of spans is released one by one: a recursion could overflow the stack.
impl Drop for LocalSpan {
    fn drop(&mut self) {
        release(self.enclosing.take());
    }
}

pub(super) fn release(mut next: Option<Arc<LocalSpan>>) {
    while let Some(span) = next {
        next = Arc::try_unique(span).ok().and_then(|mut span| span.enclosing.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::stack;

    static __SITE: Site = crate::__site! {
        span: "handler.execution",
        family: Step,
        level: INFO,
        target: "test",
        late: [],
        fields: [],
    };

    fn chain(len: usize) -> Vec<Arc<LocalSpan>> {
        let mut chain: Vec<Arc<LocalSpan>> = Vec::new();
        for _ in 0..len {
            let mut span = LocalSpan::empty(&__SITE);
            span.enclosing = chain.last().cloned();
            chain.push(Arc::new(span));
        }
        chain
    }

    #[test]
    fn a_long_chain_is_not_looked_at_to_its_end() {
        let chain = chain(20_000);
        let near: Vec<_> = chain.iter().rev().skip(1).take(LOOKED_AT).map(Arc::as_ptr).collect();
        let looked_at: Vec<_> = chain[19_999].near_ancestors().map(Arc::as_ptr).collect();
        assert_eq!(looked_at, near);
        assert_eq!(chain[2].near_ancestors().count(), 2);
    }

    /// Guards that are forgotten leave their entries.
    #[test]
    fn a_high_stack_is_not_looked_at_to_its_end() {
        let spans = chain(1_000);
        let keys: Vec<_> = spans
            .iter()
            .map(|span| stack::push(Arc::clone(span), false).unwrap())
            .collect();
        let looked_at = |entries: &[stack::Entry]| entries.iter().map(pointer).collect::<Vec<_>>();
        let near: Vec<_> = spans[1_000 - LOOKED_AT..].iter().map(Arc::as_ptr).collect();
        assert_eq!(stack::near_entries(looked_at), Some(near));
        for key in keys.into_iter().rev() {
            assert!(stack::pop(key).is_some());
        }
        assert_eq!(stack::near_entries(looked_at), Some(Vec::new()));
    }

    #[test]
    fn an_open_span_takes_600_bytes_at_most() {
        let count = size_of::<usize>();
        assert!(count + size_of::<LocalSpan>() + size_of::<SpanRecord>() <= 600);
    }

    fn pointer(entry: &stack::Entry) -> *const LocalSpan {
        match &entry.span {
            stack::Entered::Local { span, .. } => Arc::as_ptr(span),
            stack::Entered::Foreign { .. } => std::ptr::null(),
        }
    }
}
