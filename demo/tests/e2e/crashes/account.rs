//! `Account`: the spans that arrived, beside what was committed. Each span that is missing has a killed process.

use std::collections::HashMap;

use tasker_span_cli::jaeger::Trace;
use tasker_span_demo::tasker::postgres::TaskProgress;
use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{CapturedSpan, Problem, ProblemKind, Spans};
use uuid::Uuid;

use super::fleet::Ended;
use super::history::History;
use super::losses::Losses;
use super::rows::{self, Step};
use crate::shop::Shop;

/// Why a step may fail for good: the order, or what fails here.
const FAILURES: [&str; 3] = ["card_declined", "worker_lost", "restock_failed"];

#[derive(Debug)]
pub(crate) struct Account<'a> {
    shop: &'a Shop,
    history: History,
    steps: HashMap<Uuid, Vec<Step>>,
    pub(crate) losses: Losses<'a>,
}

impl<'a> Account<'a> {
    pub(crate) fn new(shop: &'a Shop, processes: &'a [Ended]) -> Self {
        let mut steps: HashMap<_, Vec<_>> = HashMap::new();
        for step in rows::steps(shop) {
            steps.entry(step.task_uuid).or_default().push(step);
        }
        Self {
            shop,
            history: History::read(shop),
            steps,
            losses: Losses::of(processes),
        }
    }

    /// Compares the task's trace with its history.
    pub(crate) fn check(&mut self, task: &TaskProgress) {
        let trace = self.shop.trace(task);
        let spans = trace.captured();
        self.losses.count("tasks", 1);
        self.losses.count("spans", spans.len());
        let before = self.losses.count_unexplained();
        let has_root = self.check_root(task, &spans);
        for step in self.steps.remove(&task.task.task_uuid).unwrap_or_default() {
            self.check_step(&step, &spans, &trace);
        }
        for problem in spans.check_complete() {
            if !self.explains(&problem, &trace, has_root) {
                self.losses.unexplained(problem.to_string());
            }
        }
        if self.losses.count_unexplained() > before {
            self.losses.unexplained(trace.to_string());
        }
    }

    /// One root, unless the process that ended the task was killed.
    fn check_root(&mut self, task: &TaskProgress, spans: &Spans) -> bool {
        let (task, state) = (task.task.task_uuid, task.state.as_str());
        let roots = spans.filter(|span| span.parent_span_id().is_none());
        let id = identity::root_span_id(task);
        let is_root = |span: &CapturedSpan| span.span_id() == id && span.text("tasker.final_state") == Some(state);
        if roots.len() > 1 || !roots.iter().all(is_root) {
            self.losses.unexplained(format!("not one root: {roots:?}"));
        }
        if roots.is_empty() {
            let ended = self.history.moved(task, state).to_vec();
            self.losses.note("roots lost", &task, &ended);
        }
        !roots.is_empty()
    }

    fn check_step(&mut self, step: &Step, spans: &Spans, trace: &Trace) {
        if let Some(error) = &step.error_type
            && !FAILURES.contains(&&**error)
        {
            self.losses.unexplained(format!("unexpected failure: {step:?}"));
        }
        for attempt in 1..=step.attempts {
            let id = identity::execution_span_id(step.uuid, attempt.unsigned_abs());
            let copies = spans.filter(|span| span.span_id() == id);
            let shown = trace.spans.iter().filter(|span| span.span_id == id.to_string());
            let instances = shown.filter_map(|span| trace.instance_of(span)).collect::<Vec<_>>();
            self.check_attempt(step, attempt, &copies, &instances);
        }
    }

    /// Its worker has ended it, a successor has recorded that the worker was lost, or both: then the worker was alive.
    fn check_attempt(&mut self, step: &Step, attempt: i32, copies: &Spans, instances: &[&str]) {
        self.losses.count("attempts", 1);
        let (lost, ended): (Vec<_>, Vec<_>) = copies.iter().partition(|span| span.error_type() == Some("worker_lost"));
        if lost.len() > 1 || ended.len() > 1 {
            self.losses.unexplained(format!("recorded twice: {copies:?}"));
        }
        let claimed = self.history.claimed(step.uuid, attempt).to_vec();
        let saved = self.history.saved(step.uuid, attempt).first().cloned();
        let subject = (step, attempt);
        // A surviving worker always records its attempt.
        for claim in claimed.iter().filter(|claim| !instances.contains(&&*claim.by)) {
            self.losses.note(
                "attempts without the span of their worker",
                &subject,
                std::slice::from_ref(claim),
            );
        }
        // And a surviving successor that of a lost one.
        if saved.as_ref().map(|saved| &saved.by) != claimed.first().map(|claim| &claim.by) {
            self.losses.count("lost attempts", 1);
            self.losses.count(
                "lost attempts that their workers ended too",
                usize::from(!lost.is_empty() && !ended.is_empty()),
            );
            let worker = claimed.first().map(|claim| &*claim.by);
            if lost.is_empty() {
                // The first one: a later claim of the next attempt is about the loss of that one.
                let next = self.history.claimed(step.uuid, attempt + 1).first().cloned();
                let successor = saved.or(next).into_iter().collect::<Vec<_>>();
                // A process knows that it has not lost its own attempt.
                if successor.first().map(|successor| &*successor.by) != worker {
                    self.losses.note("lost attempts without a record", &subject, &successor);
                }
            } else if !lost.iter().all(|span| worker_of(span) == worker) {
                self.losses
                    .unexplained(format!("{subject:?} does not name {worker:?}: {copies:?}"));
            }
        } else if !lost.is_empty() {
            self.losses.unexplained(format!("{subject:?} was not lost: {copies:?}"));
        }
    }

    fn explains(&mut self, problem: &Problem, trace: &Trace, has_root: bool) -> bool {
        let Some(span) = problem.span() else {
            return problem.kind() == ProblemKind::Unfinished && !has_root;
        };
        match problem.kind() {
            ProblemKind::MissingParent => {
                let root = span.uuid("task_uuid").map(identity::root_span_id);
                if !has_root && span.parent_span_id() == root {
                    return true;
                }
                self.losses.count("spans without a parent other than the root", 1);
                let exported = trace.span(span.span_id());
                exported
                    .and_then(|span| trace.instance_of(span))
                    .is_some_and(|process| self.losses.was_killed(process))
            }
            // Compared with its worker above.
            ProblemKind::DuplicateSpanId => span.name() == "step.execution",
            ProblemKind::Violation | ProblemKind::WrongTimes => {
                self.losses.count("problems with a start that was not believed", 1);
                self.has_start_ahead(span)
            }
            _ => false,
        }
    }

    /// Whether the process whose clock is ahead said when the span or its task began.
    fn has_start_ahead(&self, span: &CapturedSpan) -> bool {
        let created = span
            .uuid("task_uuid")
            .map_or(&[][..], |task| self.history.moved(task, "pending"));
        let creators = created.iter().map(|commit| &*commit.by);
        creators
            .chain(worker_of(span))
            .any(|process| self.losses.is_ahead(process))
    }
}

/// The process id of a lost worker.
fn worker_of(span: &CapturedSpan) -> Option<&str> {
    let (_, id) = span.text("tasker.worker.id")?.rsplit_once(' ')?;
    Some(id)
}
