//! The decisions about a span that is about to start: whose it is, where it stands, which id it has.

use std::sync::Arc;

use crate::catalogue::Family;
use crate::clock;
use crate::dropped;
use crate::hierarchy;
use crate::identity::{self, SpanId};
use crate::memory::{self, StepMemory, TaskMemory};
use crate::recording::{self, Handle, Kept, Parentage, Recording, StartOf};
use crate::resolve::{self, Resolution};
use crate::scope::{self, Scope, entered};
use crate::scoped_span::ScopedSpan;
use crate::site::Role;
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
                self.began = Some(clock::now());
                self.unwinding = std::thread::panicking();
                ScopedSpan::dropped(self)
            }
        }
    }

    fn begin_kept(&mut self, kept: Option<Kept>) -> ScopedSpan {
        let (site, nil) = (self.site, self.nil);
        let enclosing = scope::enclosing();
        let resolution = match &enclosing {
            Some(scope) if scope.dropped.is_none() => {
                resolve::resolve(site, &mut self.attributes, Some(&*scope.attributes()))
            }
            enclosing => {
                let around = enclosing.as_ref().map(dropped::known);
                resolve::resolve(site, &mut self.attributes, around.as_ref())
            }
        };
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
        let root = self.claim_root();
        let parentage = self.parentage(&resolution, root.is_some(), kept.is_some());
        let span_id = self.claim_execution().or(root);
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

    /// The derived id of a task's root, unless this process has given it away: a driver started again. A span inside those
    /// that already stand under that id, or will, gets none: a trace has no cycles.
    fn claim_root(&self) -> Option<SpanId> {
        let task_uuid = self.attributes.task_uuid.filter(|_| self.site.role() == Role::Root)?;
        if dropped::standing_in(identity::trace_id(task_uuid), false).is_some() {
            return None;
        }
        let is_free = memory::update_task(task_uuid, TaskMemory::claim_root);
        is_free.then(|| identity::root_span_id(task_uuid))
    }

    /// Remembers what the span knows, and with it who has the derived id of an attempt: this span, unless this process has
    /// given it away: a message delivered twice. It is no span inside of one about the same step, either.
    fn claim_execution(&self) -> Option<SpanId> {
        let own = &self.attributes;
        let claimed = own
            .step_uuid
            .filter(|_| self.site.role() == Role::Execution)
            .and_then(|step_uuid| {
                let attempt = u32::try_from(own.attempt_number?).ok()?;
                let is_outermost = !scope::any_around_of_step(step_uuid);
                is_outermost.then(|| (attempt, identity::execution_span_id(step_uuid, attempt)))
            });
        let claim = |step: &mut StepMemory| {
            let (attempt, derived) = claimed?;
            let is_free = step.attempts.claim(attempt);
            if is_free {
                step.execution = Some(derived);
            }
            is_free.then_some(derived)
        };
        resolve::remember_and(self.site, own, true, claim).flatten()
    }

    /// Remembers which id the span that claimed `derived` has got, where it is another one: under an id generator of the
    /// program's own, or none where a filter keeps it out of the trace.
    fn settle_claims(&self, derived: Option<SpanId>, actual: Option<SpanId>) {
        match self.site.role() {
            Role::Root if derived.is_some() && actual.is_none() => {
                if let Some(task_uuid) = self.attributes.task_uuid {
                    memory::update_task(task_uuid, TaskMemory::release_root);
                }
            }
            Role::Execution if actual.is_some() && actual != derived => {
                if let Some(step_uuid) = self.attributes.step_uuid {
                    memory::update_step(step_uuid, |step| step.execution = actual);
                }
            }
            _ => {}
        }
    }

    fn parentage(&self, resolution: &Resolution, is_root: bool, is_decided: bool) -> Parentage {
        let Some(task_uuid) = self.attributes.task_uuid.filter(|_| !resolution.task_is_late) else {
            return Parentage::Current;
        };
        let trace_id = identity::trace_id(task_uuid);
        // Task spans and executions stand where the catalogue says, on whichever side of a queue.
        let under_remote = self.site.family() == Family::Step && self.site.role() != Role::Execution;
        // A span of another process that was dropped is no parent of one that is kept.
        let is_kept = |parentage: &Parentage| {
            let remote = || recording::current_context(None).is_some_and(|context| context.is_sampled());
            !is_decided || *parentage != Parentage::Remote || remote()
        };
        if let Some(parentage) = dropped::standing_in(trace_id, under_remote).filter(is_kept) {
            return parentage;
        }
        let root = identity::root_span_id(task_uuid);
        let parent = match (self.site.role(), self.site.family()) {
            (Role::Root, _) if is_root => None,
            (Role::Execution, _) | (_, Family::Task) => Some(root),
            (_, Family::Step) => Some(self.execution().unwrap_or(root)),
        };
        Parentage::Derived { trace_id, parent }
    }

    /// The span of the step's execution, for a span that has lost it.
    fn execution(&self) -> Option<SpanId> {
        let attempt = self
            .attributes
            .attempt_number
            .and_then(|attempt| u32::try_from(attempt).ok());
        let derived = attempt.zip(self.attributes.step_uuid);
        derived
            .map(|(attempt, step)| identity::execution_span_id(step, attempt))
            .or_else(|| memory::step(self.attributes.step_uuid?)?.execution)
    }
}
