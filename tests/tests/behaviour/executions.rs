//! Executions of one step: retries, resets by an operator, and continuations after checkpoints.

mod links;
mod lost;
mod repeated;
mod unsampled;

use tasker_span_tests::prelude::*;

/// A dispatched step, with all that its execution requires.
#[derive(Clone, SpanFields)]
struct Dispatch {
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
    #[span(nested(correlation_id, namespace))]
    task: Task,
    generation: Option<i64>,
    continuation: Option<i64>,
}

impl Dispatch {
    fn new() -> Self {
        let task = Task::default();
        Self {
            step: task.step(),
            task,
            generation: None,
            continuation: None,
        }
    }

    fn attempt(&self, number: u32) -> Self {
        Self {
            step: self.step.attempt(number),
            continuation: None,
            ..self.clone()
        }
    }

    /// The first attempt after so many resets.
    fn generation(&self, generation: i64) -> Self {
        Self {
            generation: Some(generation),
            ..self.attempt(1)
        }
    }

    fn continuation(&self, continuation: i64) -> Self {
        Self {
            continuation: Some(continuation),
            ..self.clone()
        }
    }

    fn id(&self) -> identity::SpanId {
        let number = |number: i64| u32::try_from(number).unwrap();
        identity::Execution::new(self.step.attempts)
            .generation(self.generation.map_or(0, number))
            .continuation(self.continuation.map_or(1, number))
            .span_id(self.step.workflow_step_uuid)
    }

    fn run(&self) {
        run(self, || ());
    }
}

#[step_span("step.execution")]
fn run<R>(step: &Dispatch, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution")]
fn handle_dispatch(step: &Dispatch) {}

fn executions(capture: &Capture) -> Vec<CapturedSpan> {
    capture.spans().named("step.execution").iter().cloned().collect()
}

fn ids(spans: &[CapturedSpan]) -> Vec<identity::SpanId> {
    spans.iter().map(CapturedSpan::span_id).collect()
}

/// Each link of the span: its target, and what that is to the span.
fn links_of(span: &CapturedSpan) -> Vec<(identity::SpanId, String)> {
    let relation = |link: &tasker_span_runtime::testing::CapturedLink| {
        let relations = link.attributes().iter().filter(|(name, _)| name == "tasker.link");
        relations.map(|(_, value)| value.to_string()).collect()
    };
    let links = span.links().iter();
    links.map(|link| (link.span_id(), relation(link))).collect()
}

#[test]
fn executions_differ_by_generation_and_continuation() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    let dispatches = [
        first.clone(),
        first.continuation(2),
        first.attempt(2),
        first.generation(1),
        first.generation(1).continuation(2),
        first.generation(2),
        first.attempt(70),
        first.generation(2).attempt(70),
    ];
    begin(&first.task);
    dispatches.iter().for_each(Dispatch::run);
    complete(&first.task);
    let spans = executions(&capture);
    let expected: Vec<_> = dispatches.iter().map(Dispatch::id).collect();
    assert_eq!(ids(&spans), expected);
    assert_eq!(spans[1].integer("continuation"), Some(2));
    assert_eq!(spans[4].integer("generation"), Some(1));
    capture.assert_complete();
}

#[test]
fn the_first_execution_has_the_same_id_with_and_without_numbers() {
    let first = Dispatch::new();
    for dispatch in [&first, &first.generation(0), &first.continuation(1)] {
        let capture = Capture::strict();
        dispatch.run();
        assert_eq!(ids(&executions(&capture)), [first.step.execution_id()]);
        capture.spans().assert_valid();
    }
}

#[test]
fn the_text_tells_executions_apart() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    begin(&first.task);
    run(&first, || handle(|| ()));
    for dispatch in [first.continuation(2), first.generation(1)] {
        run(&dispatch, || handle_dispatch(&dispatch));
    }
    first.run();
    complete(&first.task);
    assert_eq!(
        capture.spans().to_tree_text(),
        "\
task.orchestration order_fulfillment
  task.state_transition pending → initializing
  step.execution charge_payment attempt=1
    handler.execution
  step.execution charge_payment attempt=1 continuation=2
    handler.execution
  step.execution charge_payment attempt=1 generation=1
    handler.execution
  step.execution charge_payment attempt=1 REPEATED
  task.state_transition evaluating_results → complete
"
    );
    capture.assert_complete();
}

#[test]
fn a_span_without_its_enclosing_spans_finds_its_execution() {
    let capture = Capture::strict();
    let first = Dispatch::new();
    let dispatches = [first.clone(), first.generation(1), first.generation(1).continuation(2)];
    for dispatch in &dispatches {
        dispatch.run();
        // The execution has ended: what is told its numbers is its child, and so is what knows only the step.
        handle_dispatch(dispatch);
        step_scope!("result.submission", step_uuid = first.step.workflow_step_uuid, inherit).in_scope(|| ());
    }
    first.attempt(1).generation(0).run();
    for name in ["handler.execution", "result.submission"] {
        let spans = capture.spans().named(name);
        let parents: Vec<_> = spans.iter().map(|span| span.parent_span_id().unwrap()).collect();
        let expected: Vec<_> = dispatches.iter().map(Dispatch::id).collect();
        assert_eq!(parents, expected, "{name}");
    }
    capture.spans().assert_valid();
}

#[test]
fn a_message_out_of_an_execution_names_it() {
    for capture in [Capture::strict(), no_steps()] {
        let after_reset = Dispatch::new().generation(3);
        let sent = capture.run(|| run(&after_reset, TraceContext::current));
        assert_eq!(sent.span_id(), Some(after_reset.id()));
    }
}

#[test]
fn arguments_of_the_macro_name_the_execution() {
    #[step_span("step.execution", generation = resets, continuation = dispatched)]
    fn dispatch(task: &Task, step: &Step, resets: u32, dispatched: Option<u16>) {}

    let capture = Capture::strict();
    let (task, step) = (Task::default(), Task::default().step());
    dispatch(&task, &step, 2, Some(3));
    let expected = identity::Execution::new(1).generation(2).continuation(3);
    assert_eq!(ids(&executions(&capture)), [expected.span_id(step.workflow_step_uuid)]);
}

#[test]
fn a_checkpoint_has_attributes_of_the_users_own() {
    #[step_span("step.execution", fields(items = items, position = position))]
    fn process_batch(step: &Dispatch, items: usize, position: &str) {}

    let capture = Capture::strict();
    let first = Dispatch::new();
    for (continuation, position) in (1..).zip(["row 500", "row 1000"]) {
        process_batch(&first.continuation(continuation), 500, position);
    }
    let spans = capture.spans();
    let same_attempt = spans.named("step.execution").with("attempt_number", 1);
    let positions: Vec<_> = same_attempt.iter().map(|span| span.text("position").unwrap()).collect();
    assert_eq!(positions, ["row 500", "row 1000"]);
    assert_eq!(same_attempt.with("items", 500).len(), 2);
}

#[test]
fn numbers_that_cannot_be_true_are_violations() {
    let first = Dispatch::new();
    let cases = [
        (first.generation(-1), "generation -1: expected 0 to 4294967295"),
        (
            first.generation(1 << 32),
            "generation 4294967296: expected 0 to 4294967295",
        ),
        (first.continuation(0), "continuation 0: expected 1 to 1000000"),
        (
            first.continuation(1_000_001),
            "continuation 1000001: expected 1 to 1000000",
        ),
        (
            first.continuation(i64::MAX),
            "continuation 9223372036854775807: expected 1 to 1000000",
        ),
    ];
    for (dispatch, expected) in cases {
        let capture = Capture::start();
        let before = stats();
        dispatch.run();
        let span = capture.spans().one();
        let violation = span.text("tasker.violation").unwrap();
        assert_eq!(violation, format!("step.execution has the {expected}"));
        assert_ne!(span.span_id(), first.id(), "it has no derived id");
        assert_eq!(span.links(), []);
        assert!(stats().since(&before).attempts_out_of_range >= 1);
    }
}
