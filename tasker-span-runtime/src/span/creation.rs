//! Spans that begin before their task exists: a function that creates it, and what runs inside of it. They begin in their
//! caller's trace. Once their task is known, they are in the task's trace; what remains to be done at their end is in `unplaced`.

use uuid::Uuid;

use super::decide;
use super::local::{LocalSpan, PINNED};
use crate::catalogue::Attribute;
use crate::catalogue::attributes::Attributes;
use crate::identity::{self, TraceId};

/// How many spans that began without a task are looked at, one inside the other.
const MOST_AROUND: usize = 1024;

/// Where a span is that began without a task.
#[derive(Clone, Copy, Debug)]
pub(super) enum Placement<'a> {
    /// In the trace of this task, which it has learned itself, or the span here, which encloses it.
    OfTask(Uuid, &'a LocalSpan),
    /// With its caller, for good.
    WithCaller,
    /// Not decided until this span ends, or learns its task: the outermost one that may.
    Open(&'a LocalSpan),
}

/// Whether a span that has no task now may get one while it runs.
pub(super) fn may_come(span: &LocalSpan) -> bool {
    span.record.attributes.task_uuid.is_none()
        && (span.site.late().contains(&Attribute::TaskUuid)
            || span.site.is_before_task()
            || span.enclosing.as_deref().is_some_and(|enclosing| enclosing.is_taskless))
}

/// Whether the enclosing span began without a task, and may still get one.
pub(super) fn is_inside_open(span: &LocalSpan) -> bool {
    span.enclosing
        .as_deref()
        .filter(|enclosing| enclosing.is_taskless && !enclosing.is_filtered())
        .is_some_and(|enclosing| matches!(placement(enclosing), Placement::Open(_)))
}

pub(super) fn placement(span: &LocalSpan) -> Placement<'_> {
    let mut open = None;
    for inner in with_taskless_around(span) {
        if let Some(task_uuid) = inner.learned_task() {
            return open.map_or(Placement::OfTask(task_uuid, inner), Placement::Open);
        }
        if inner.may_learn() {
            open = Some(inner);
        }
    }
    open.map_or(Placement::WithCaller, Placement::Open)
}

/// The span, and those around it that began without a task too, innermost first.
fn with_taskless_around(span: &LocalSpan) -> impl Iterator<Item = &LocalSpan> {
    std::iter::successors(Some(span), |inner| inner.taskless_around()).take(MOST_AROUND)
}

/// Whether the span is exported whatever its outcome, as far as that is known.
pub(super) fn is_sampled(span: &LocalSpan) -> bool {
    match placement(span) {
        Placement::OfTask(_, knows) if !span.is_filtered() => decide::once_known(span, span.site, &knows.known()).0,
        _ => span.is_exported(),
    }
}

/// Has the span stay with its caller, unless it has its place: its context is known elsewhere. So do those around it that began
/// without a task.
pub(crate) fn pin(span: &LocalSpan) {
    if !span.is_taskless {
        return;
    }
    // What has learned its task is where it stays.
    let around: Vec<_> = with_taskless_around(span)
        .take_while(|inner| inner.learned_task().is_none())
        .collect();
    // From the outermost one, which may learn its task meanwhile.
    let _ = around.into_iter().rev().all(LocalSpan::pin_alone);
}

impl LocalSpan {
    /// The trace that the span is in by now.
    #[inline]
    pub(crate) fn trace_id(&self) -> TraceId {
        if let Some((trace_id, _)) = self.other_ids() {
            return trace_id;
        }
        if self.is_taskless
            && let Placement::OfTask(task_uuid, _) = placement(self)
        {
            return identity::trace_id(task_uuid);
        }
        self.record.trace_id
    }

    /// The span that encloses this one and is its parent, if it began without a task too.
    pub(super) fn taskless_around(&self) -> Option<&Self> {
        let is_parent = |enclosing: &&Self| self.record.parent_id == Some(enclosing.span_id());
        let taskless = self.enclosing.as_deref().filter(|enclosing| enclosing.is_taskless);
        taskless.filter(is_parent)
    }

    /// Whether the span may still learn its task, and go to its trace.
    fn may_learn(&self) -> bool {
        self.site.late().contains(&Attribute::TaskUuid) && !self.has(PINNED) && !self.has_ended()
    }

    /// The task that a span has learned which began without one, and went to.
    fn learned_task(&self) -> Option<Uuid> {
        if self.is_recorded(Attribute::TaskUuid) && !self.has(PINNED) {
            self.with_known(|known| known.task_uuid)
        } else {
            None
        }
    }

    /// Returns false if the span has learned its task.
    fn pin_alone(&self) -> bool {
        // A task is learned under the same lock.
        let _extra = self.lock();
        if self.is_recorded(Attribute::TaskUuid) && !self.has(PINNED) {
            return false;
        }
        if !self.has_ended() {
            self.set(PINNED);
        }
        true
    }

    /// Whether the span would be lost in the trace of this task: it is sampled with its caller, and the task is not.
    pub(super) fn is_lost_in(&self, task: &Attributes) -> bool {
        // Without a caller there is none to stay with.
        let has_caller = with_taskless_around(self).any(|span| {
            span.learned_task().is_some() || span.taskless_around().is_none() && span.record.parent_id.is_some()
        });
        self.sampling.is_sampled && has_caller && !decide::once_known(self, self.site, task).0
    }
}
