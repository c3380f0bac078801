//! `Registry`: the tasks and steps of this process that are open, for markers of running work and for the live list. A program
//! that does not ask for it has none.
//!
//! A step is open while its `step.execution` is. A task is open while its `task.orchestration` is, or from a transition into a
//! running state to one into a terminal state.

mod item;
mod marker;
mod open_task;
mod steps;
mod tasks;

pub use item::{OpenWork, OpenWorkKind};

use std::time::Duration;

use triomphe::Arc;
use uuid::Uuid;

use super::local::{LISTED, LocalSpan};
use super::settings::ListsOpenWork;
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::Role;
use crate::clock;
use crate::record::{Running, SpanNames, SpanRecord};
use crate::subject::state::is_terminal;
use steps::Steps;
use tasks::Tasks;

const STEP_TRANSITION: &str = "step.state_transition";

/// A lock for each, so that threads rarely wait for each other.
const SHARDS: usize = 64;
/// A longer wait would make markers late, a shorter one would keep a processor busy.
const LOOKS: [Duration; 2] = [Duration::from_millis(10), Duration::from_secs(1)];
/// How many looks there are until the first marker.
const LOOKS_UNTIL_FIRST: u32 = 8;

#[derive(Debug)]
pub(crate) struct Registry {
    steps: Steps,
    tasks: Tasks,
    /// The age of the first marker.
    after: Duration,
    names: SpanNames,
}

impl Registry {
    pub(crate) fn new(after: Duration, names: SpanNames) -> Self {
        Self {
            steps: Steps::default(),
            tasks: Tasks::default(),
            after,
            names,
        }
    }

    fn note_transition(&self, span: &LocalSpan) {
        let known = span.known();
        let (Some(task_uuid), Some(state)) = (known.task_uuid, &known.to_state) else {
            return;
        };
        if is_terminal(state) {
            self.tasks.end(task_uuid, state);
        } else if self.tasks.enter(task_uuid, known, span)
            && let Some(settings) = &span.settings
        {
            settings.recorder.note_running_work();
        }
    }

    /// The open work, the oldest first.
    pub(crate) fn list(&self) -> Vec<OpenWork> {
        let (wall, now) = (clock::wall(), clock::now());
        let now = wall.at(now);
        let mut all: Vec<_> = self.tasks.list(&wall, now).chain(self.steps.list(&wall, now)).collect();
        all.sort_by_key(OpenWork::started_at);
        all
    }
}

impl ListsOpenWork for Registry {
    /// A transition is listed for its end.
    #[cold]
    fn note_start(&self, span: &Arc<LocalSpan>) {
        let is_listed = match span.site.role() {
            Role::Execution | Role::Transition => true,
            Role::Root => span.has_derived_id,
            Role::Other => span.site.name() == STEP_TRANSITION,
            Role::Handler => false,
        };
        if !is_listed || !span.may_be_exported() {
            return;
        }
        // Before another thread can see it.
        span.set(LISTED);
        let is_open = match span.site.role() {
            Role::Execution => self.steps.add(span),
            Role::Root => self.tasks.add_driver(span),
            Role::Transition | Role::Handler | Role::Other => false,
        };
        if is_open && let Some(settings) = &span.settings {
            settings.recorder.note_running_work();
        }
    }

    #[cold]
    fn note_end(&self, span: &Arc<LocalSpan>, has_succeeded: bool) {
        match span.site.role() {
            Role::Execution => self.steps.remove(span),
            Role::Root => self.tasks.remove_driver(span),
            Role::Transition if has_succeeded => {
                supersede_enclosing(span);
                self.note_transition(span);
            }
            Role::Other if has_succeeded && span.site.name() == STEP_TRANSITION => {
                supersede_enclosing(span);
                self.steps.note_state(span);
            }
            Role::Transition | Role::Handler | Role::Other => {}
        }
    }

    /// It opens no task: its reader need not be the task's orchestrator.
    fn note_recorded(&self, task_uuid: Uuid, own: &Attributes) {
        match &own.to_state {
            Some(state) if is_terminal(state) => self.tasks.end(task_uuid, state),
            Some(state) => self.tasks.note_state(task_uuid, state),
            None => {}
        }
    }
}

/// A transition inside another one of the same work ends first, although its state is the later one. The other one is then
/// not listed any more, unless it goes on from that state.
fn supersede_enclosing(span: &LocalSpan) {
    let known = span.known();
    for outer in span.near_ancestors() {
        let is_alike = outer.has(LISTED) && outer.site.name() == span.site.name();
        let is_of = || (outer.task_uuid(), outer.step_uuid()) == (known.task_uuid, known.step_uuid);
        if !is_alike || !is_of() {
            continue;
        }
        let outer_known = outer.known();
        if outer_known.to_state == known.from_state || outer_known.from_state != known.to_state {
            outer.unset(LISTED);
        }
    }
}

impl Running for Registry {
    fn due(&self, most: usize) -> Vec<SpanRecord> {
        let look = marker::Look {
            after: self.after,
            names: self.names,
            wall: clock::wall(),
            now: clock::now(),
        };
        let tasks = self.tasks.due(&look, most);
        let steps = self.steps.due(&look, most - tasks.len());
        let steps = steps
            .iter()
            .filter_map(|(span, state)| look.of_span(span, state.clone()));
        tasks.into_iter().chain(steps).collect()
    }

    fn interval(&self) -> Duration {
        let [least, most] = LOOKS;
        (self.after / LOOKS_UNTIL_FIRST).clamp(least, most)
    }

    fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.tasks.is_empty()
    }
}
