//! Every span inside of every other: a custom span has the place of what it is within, whichever macro writes it.

use tasker_span_runtime::catalogue::{CATALOGUE, Family, Parent};
use tasker_span_tests::prelude::*;

/// An annotated function.
struct Kind {
    name: &'static str,
    /// Of a custom span.
    within: Option<&'static str>,
    run: fn(&Task, &Step, &mut dyn FnMut()),
}

macro_rules! kinds {
    ($($macro:ident $name:literal $(within $within:literal)? $(from $from:literal to $to:literal)?;)*) => {
        [$({
            #[allow(unused_variables, reason = "a task span is about no step")]
            #[$macro($name, $(within = $within,)? $(from = $from, to = $to)?)]
            fn run(task: &Task, step: &Step, work: &mut dyn FnMut()) {
                work();
            }
            Kind {
                name: $name,
                within: [$($within,)?].first().copied(),
                run,
            }
        }),*]
    };
}

fn kinds() -> [Kind; 28] {
    kinds! {
        task_span "task.orchestration";
        task_span "task.state_transition" from "initializing" to "enqueuing_steps";
        task_span "task.state_transition" from "steps_in_process" to "evaluating_results";
        task_span "step.discovery";
        task_span "step.enqueuing";
        task_span "result.evaluation";
        step_span "step.execution";
        step_span "step.state_transition" from "pending" to "enqueued";
        step_span "handler.execution";
        step_span "result.submission";
        task_span "task.a" within "task.orchestration";
        task_span "task.b" within "task.state_transition";
        task_span "task.c" within "step.discovery";
        task_span "task.d" within "step.enqueuing";
        task_span "task.e" within "result.evaluation";
        task_span "task.f" within "step.execution";
        task_span "task.g" within "step.state_transition";
        task_span "task.h" within "handler.execution";
        task_span "task.i" within "result.submission";
        step_span "step.a" within "task.orchestration";
        step_span "step.b" within "task.state_transition";
        step_span "step.c" within "step.discovery";
        step_span "step.d" within "step.enqueuing";
        step_span "step.e" within "result.evaluation";
        step_span "step.f" within "step.execution";
        step_span "step.g" within "step.state_transition";
        step_span "step.h" within "handler.execution";
        step_span "step.i" within "result.submission";
    }
}

impl Kind {
    fn place(&self) -> &'static str {
        self.within.unwrap_or(self.name)
    }

    fn parents(&self) -> &'static [Parent] {
        let spec = CATALOGUE.iter().find(|span| span.name == self.place()).unwrap();
        spec.parents
    }

    fn is_moment(&self) -> bool {
        matches!(self.parents().first(), Some(Parent::Transition { .. }))
    }

    fn is_allowed_in(&self, outer: &Self, states: Option<(&str, &str)>) -> bool {
        if self.within == Some(outer.place()) {
            return true;
        }
        if self.is_moment() {
            return outer.place() != "task.state_transition"
                || states.is_none_or(|(from, to)| self.parents().contains(&transition_of(from, to)));
        }
        let family = CATALOGUE.iter().find(|span| span.name == outer.place()).unwrap().family;
        self.within.is_none()
            && self.parents().iter().any(|parent| match *parent {
                Parent::Span(name) => outer.place() == name,
                Parent::AnyTaskSpan => family == Family::Task,
                _ => false,
            })
    }
}

fn transition_of(from: &str, to: &str) -> Parent {
    let all = CATALOGUE.iter().flat_map(|span| span.parents);
    let is_it = |parent: &&Parent| matches!(parent, Parent::Transition { from: f, to: t } if (*f, *t) == (from, to));
    all.copied().find(|parent| is_it(&parent)).unwrap()
}

/// Runs the spans, the first around the others.
fn nested(kinds: &[&Kind]) -> Vec<CapturedSpan> {
    fn run(kinds: &[&Kind], task: &Task, step: &Step) {
        if let [first, rest @ ..] = kinds {
            (first.run)(task, step, &mut || run(rest, task, step));
        }
    }
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    run(kinds, &task, &step);
    capture.spans().iter().cloned().collect()
}

#[test]
fn a_custom_span_has_the_place_of_what_it_is_within() {
    let kinds = kinds();
    for outer in &kinds {
        for inner in &kinds {
            let spans = nested(&[outer, inner]);
            let states = spans[0].text("from_state").zip(spans[0].text("to_state"));
            let violation = spans[1].text("tasker.violation");
            let pair = format!(
                "{} ({:?}) in {} ({:?})",
                inner.name, inner.within, outer.name, outer.within
            );
            assert_eq!(
                violation.is_none(),
                inner.is_allowed_in(outer, states),
                "{pair}: {violation:?}"
            );
            assert_eq!(spans[1].parent_span_id(), Some(spans[0].span_id()), "{pair}");
        }
    }
}

#[test]
fn alone_a_span_has_the_parent_of_its_place() {
    for kind in kinds() {
        let span = nested(&[&kind]).remove(0);
        let task = Task {
            task_uuid: span.uuid("task_uuid").unwrap(),
            ..Task::default()
        };
        let place = CATALOGUE.iter().find(|span| span.name == kind.place()).unwrap();
        let is_in_step = place.family == Family::Step && kind.name != "step.execution";
        let is_alone = kind.is_moment()
            || match kind.within {
                Some(within) => ["task.orchestration", "step.execution"].contains(&within),
                None => true,
            };
        assert_eq!(span.text("tasker.violation").is_none(), is_alone, "{}", kind.name);
        let execution = span.uuid("step_uuid").map(|step| identity::execution_span_id(step, 1));
        let parent = match execution {
            _ if kind.name == "task.orchestration" => None,
            Some(execution) if is_in_step => Some(execution),
            _ => Some(task.root_id()),
        };
        assert_eq!(span.parent_span_id(), parent, "{}", kind.name);
    }
}

#[step_span("results.check", within = ["task.orchestration", "step.execution"])]
fn check(task: &Task, step: &Step, work: impl FnOnce()) {
    work();
}

#[step_span("step.state_transition", from = "in_progress", to = "complete")]
fn complete_step(task: &Task, step: &Step) {}

#[test]
fn a_function_that_both_sides_run_has_the_place_where_it_runs() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    orchestrate(&task, || check(&task, &step, || complete_step(&task, &step)));
    execute(&task, &step, || {
        check(&task, &step, || handle_step(&task, &step, || ()));
    });
    check(&task, &step, || ());
    let spans = capture.spans().named("results.check");
    let parents = spans.iter().map(|span| span.parent_span_id().unwrap());
    let (root, execution) = (task.root_id(), step.execution_id());
    assert_eq!(
        parents.collect::<Vec<_>>(),
        [root, execution, execution],
        "alone it is in the known attempt"
    );
}

#[test]
fn a_place_that_the_list_lacks_is_a_violation_that_names_the_list() {
    let capture = Capture::start();
    let task = Task::default();
    initialize(&task, || check(&task, &task.step(), || ()));
    assert_eq!(
        capture.spans().named("results.check").one().text("tasker.violation"),
        Some(
            "results.check is a child of task.state_transition (initializing → enqueuing_steps); the catalogue allows \
             task.orchestration or step.execution"
        )
    );
}
