//! The decisions about a span that is about to start: whose it is, where it stands, which id it has.

use std::sync::Arc;

use fastant::Instant;

use crate::catalogue::Family;
use crate::dropped;
use crate::hierarchy;
use crate::identity::{self, SpanId};
use crate::memory::{self, TaskMemory};
use crate::recording::{self, Handle, Kept, Parentage, Recording, StartOf};
use crate::resolve::{self, Resolution};
use crate::scope::{self, Scope, entered};
use crate::scoped_span::ScopedSpan;
use crate::start::Collected;
use crate::stats;
use crate::verdict::Verdict;
use crate::violation;

impl Collected {
    /// Starts the span, or the scope of a dropped one.
    pub(crate) fn begin(mut self: Box<Self>) -> ScopedSpan {
        match self.verdict() {
            Verdict::Keep(kept) => {
                let span = self.begin_kept(kept);
                entered::recycle(self);
                span
            }
            Verdict::Drop(drop) => {
                self.dropped = Some(drop);
                self.began = Some(Instant::now());
                self.unwinding = std::thread::panicking();
                ScopedSpan::dropped(self)
            }
        }
    }

    fn begin_kept(&mut self, kept: Option<Kept>) -> ScopedSpan {
        let (site, nil) = (self.site, self.nil);
        let enclosing = scope::enclosing();
        let around = enclosing.as_ref().map(dropped::known);
        let resolution = resolve::resolve(site, &mut self.attributes, around.as_ref());
        let mut violations = Vec::new();
        if nil > 0 {
            stats::NIL_UUIDS.add(nil);
            violations.push(format!("{} was given a nil UUID", site.name()));
        }
        for attribute in &resolution.missing {
            stats::MISSING_ATTRIBUTES.add_one();
            violations.push(violation::missing(site, *attribute));
        }
        if self.attributes.task_uuid.is_some() {
            let same_task = enclosing.as_deref().filter(|_| resolution.same_task);
            if let Some(violation) = hierarchy::violation(site, same_task) {
                stats::HIERARCHY_VIOLATIONS.add_one();
                violations.push(violation);
            }
        }
        let span_id = self.span_id();
        let parentage = self.parentage(&resolution, span_id, kept.is_some());
        resolve::remember(site, &self.attributes, true);
        let links = self.links.as_deref();
        let processes_messages = links.is_some_and(|links| !links.received().is_empty());
        let attributes = self.attributes.clone();
        let mut scope = Scope::new(site, attributes, self.started_at, processes_messages);
        let before = enclosing.as_ref().and_then(dropped::sampled_around);
        scope.sampled = match kept {
            Some(Kept::Sampled(decision)) => Some(decision),
            Some(Kept::Certain | Kept::ByError) => None,
            Some(Kept::WithParent) | None => before,
        };
        if let Some(around) = enclosing.filter(|around| around.dropped.is_some() || around.around.get().is_some()) {
            scope.stand_in(&around);
        }
        let scope = Arc::new(scope);
        let recording = Recording::start(&StartOf {
            scope: &scope,
            attributes: &self.attributes,
            fields: &self.fields,
            links,
            parentage,
            span_id,
            kept,
            before,
        });
        stats::SPANS_STARTED.add_one();
        self.settle_claims(span_id, scope.handle.get().and_then(Handle::span_id));
        let span = ScopedSpan::new(recording, scope);
        if let Some(active) = span.active() {
            violation::report(active, &violations);
        }
        span
    }

    /// The derived id of the spans that have one, unless this process has given it away: a message delivered twice, a
    /// driver started again. A span inside those that already stand under that id, or will, gets none: a trace has no cycles.
    fn span_id(&self) -> Option<SpanId> {
        match self.site.name() {
            "task.orchestration" => {
                let task_uuid = self.attributes.task_uuid?;
                if dropped::standing_in(identity::trace_id(task_uuid), false).is_some() {
                    return None;
                }
                let is_free = memory::update_task(task_uuid, TaskMemory::claim_root);
                is_free.then(|| identity::root_span_id(task_uuid))
            }
            "step.execution" => {
                let attempt = u32::try_from(self.attributes.attempt_number?).ok()?;
                let step_uuid = self.attributes.step_uuid?;
                if scope::any_around_of_step(step_uuid) {
                    return None;
                }
                let derived = identity::execution_span_id(step_uuid, attempt);
                memory::update_step(step_uuid, |step| step.attempts.claim(attempt)).then_some(derived)
            }
            _ => None,
        }
    }

    /// Remembers which id the span that claimed `derived` has got: another one under an id generator of the program's own,
    /// none where a filter keeps it out of the trace.
    fn settle_claims(&self, derived: Option<SpanId>, actual: Option<SpanId>) {
        match self.site.name() {
            "task.orchestration" if derived.is_some() && actual.is_none() => {
                if let Some(task_uuid) = self.attributes.task_uuid {
                    memory::update_task(task_uuid, TaskMemory::release_root);
                }
            }
            "step.execution" => {
                if let Some(step_uuid) = self.attributes.step_uuid {
                    memory::update_step(step_uuid, |step| step.execution = actual.or(derived).or(step.execution));
                }
            }
            _ => {}
        }
    }

    fn parentage(&self, resolution: &Resolution, span_id: Option<SpanId>, is_decided: bool) -> Parentage {
        let Some(task_uuid) = self.attributes.task_uuid.filter(|_| !resolution.task_is_late) else {
            return Parentage::Current;
        };
        let trace_id = identity::trace_id(task_uuid);
        // Task spans and executions stand where the catalogue says, on whichever side of a queue.
        let under_remote = self.site.family() == Family::Step && self.site.name() != "step.execution";
        // A span of another process that was dropped is no parent of one that is kept.
        let is_kept = |parentage: &Parentage| {
            let remote = || recording::current_context(None).is_some_and(|context| context.is_sampled());
            !is_decided || *parentage != Parentage::Remote || remote()
        };
        if let Some(parentage) = dropped::standing_in(trace_id, under_remote).filter(is_kept) {
            return parentage;
        }
        let root = identity::root_span_id(task_uuid);
        let parent = match (self.site.name(), self.site.family()) {
            ("task.orchestration", _) if span_id.is_some() => None,
            ("step.execution", _) | (_, Family::Task) => Some(root),
            (_, Family::Step) => Some(self.execution(resolution).unwrap_or(root)),
        };
        Parentage::Derived { trace_id, parent }
    }

    /// The span of the step's execution, for a span that has lost it.
    fn execution(&self, resolution: &Resolution) -> Option<SpanId> {
        let attempt = self
            .attributes
            .attempt_number
            .and_then(|attempt| u32::try_from(attempt).ok());
        let derived = attempt.zip(self.attributes.step_uuid);
        derived
            .map(|(attempt, step)| identity::execution_span_id(step, attempt))
            .or(resolution.execution)
    }
}
