//! Which trace a span stands in, and under which parent.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Uuid, identity, step_span, task_scope, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.orchestration")]
fn orchestrate<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution")]
fn handle(task: &Task, step: &Step) {}

#[step_span("result.submission")]
fn submit(task: &Task, step: &Step) {}

fn foreign_context() -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(0x00aa),
        SpanId::from(0x00bb),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
}

#[test]
fn every_span_of_a_task_stands_in_the_trace_computed_from_its_uuid() {
    let capture = Capture::strict();
    let (task, other) = (Task::default(), Task::default());
    for task in [&task, &other] {
        transition(task, "pending", "initializing", || ());
        execute(task, &task.step(), || ());
    }
    for task in [&task, &other] {
        let spans = capture.spans().of_task(task.task_uuid);
        assert_eq!(spans.len(), 2);
        assert!(
            spans
                .iter()
                .all(|span| span.trace_id() == identity::trace_id(task.task_uuid))
        );
    }
}

#[test]
fn a_span_without_a_scope_stands_under_the_derived_root() {
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "pending", "initializing", || ());
    let span = capture.spans().one();
    assert_eq!(span.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
}

#[test]
fn a_driver_that_holds_the_root_open_has_the_id_that_others_point_to() {
    let capture = Capture::strict();
    let task = Task::default();
    orchestrate(&task, || transition(&task, "evaluating_results", "complete", || ()));
    let root = capture.spans().named("task.orchestration").one();
    assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
    assert_eq!(root.parent_span_id(), None);
    capture.assert_complete();
}

#[test]
fn attempts_at_a_step_are_siblings_with_derived_ids() {
    let capture = Capture::strict();
    let task = Task::default();
    let first = task.step();
    let second = Step {
        attempts: 2,
        ..first.clone()
    };
    execute(&task, &first, || ());
    execute(&task, &second, || ());
    let attempts = capture.spans().named("step.execution");
    for (attempt, span) in (1..).zip(attempts.iter()) {
        assert_eq!(
            span.span_id(),
            identity::execution_span_id(first.workflow_step_uuid, attempt)
        );
        assert_eq!(span.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
        assert_eq!(span.integer("attempt_number"), Some(i64::from(attempt)));
    }
}

#[test]
fn a_step_span_that_lost_its_scope_stands_under_the_attempt() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = Step {
        attempts: 2,
        ..task.step()
    };
    handle(&task, &step);
    let handler = capture.spans().one();
    assert_eq!(
        handler.parent_span_id(),
        Some(identity::execution_span_id(step.workflow_step_uuid, 2))
    );
}

#[test]
fn a_foreign_context_becomes_a_link() {
    let capture = Capture::strict();
    let task = Task::default();
    let _request = foreign_context().attach();
    execute(&task, &task.step(), || ());
    let span = capture.spans().one();
    assert_eq!(span.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(span.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    let links = span
        .links()
        .iter()
        .map(|link| (link.trace_id().to_u128(), link.span_id().to_u64()));
    assert_eq!(links.collect::<Vec<_>>(), [(0xaa, 0xbb)]);
}

#[test]
fn a_context_in_the_task_s_own_trace_is_the_parent() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || {
        tracing::info_span!("plain").in_scope(|| handle(&task, &step));
        submit(&task, &step);
    });
    let spans = capture.spans();
    assert_eq!(
        spans.tree_of(task.task_uuid).to_string(),
        "\
(task.orchestration: not captured)
  step.execution charge_payment attempt=1
    plain
      handler.execution charge_payment attempt=1
    result.submission
"
    );
    assert!(spans.iter().all(|span| span.links().is_empty()));
}

#[test]
fn another_task_inside_a_span_gets_its_own_trace_and_a_link() {
    let capture = Capture::strict();
    let parent = Task::default();
    let child = Task {
        parent_correlation_id: Some(parent.correlation_id),
        ..Task::default()
    };
    let step = parent.step();
    execute(&parent, &step, || transition(&child, "pending", "initializing", || ()));
    let execution = capture.spans().named("step.execution").one();
    let transition = capture.spans().named("task.state_transition").one();
    assert_eq!(transition.trace_id(), identity::trace_id(child.task_uuid));
    assert!(transition.is_linked_to(&execution));
    assert_eq!(transition.uuid("parent_correlation_id"), Some(parent.correlation_id));
}

#[test]
fn instrumented_functions_above_between_and_below_nest() {
    #[tracing::instrument(skip_all)]
    fn above(task: &Task) {
        transition(task, "initializing", "enqueuing_steps", || between(task));
    }
    #[tracing::instrument(skip_all)]
    fn between(task: &Task) {
        discover(task);
    }
    #[task_span("step.discovery")]
    fn discover(task: &Task) {
        below();
    }
    #[tracing::instrument]
    fn below() {}

    let capture = Capture::strict();
    let task = Task::default();
    above(&task);
    let spans = capture.spans();
    assert_eq!(
        spans.tree_of(task.task_uuid).to_string(),
        "\
(task.orchestration: not captured)
  task.state_transition initializing → enqueuing_steps
    between
      step.discovery order_fulfillment
        below
"
    );
    let transition = spans.named("task.state_transition").one();
    assert!(
        transition.is_linked_to(&spans.named("above").one()),
        "the caller stands in a trace of its own"
    );
}

#[test]
fn a_task_created_by_the_function_is_linked_once_its_uuid_is_known() {
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        correlation_id = correlation_id,
        namespace = "payments",
        late(task_uuid = |task| task.task_uuid),
    )]
    fn initialize(correlation_id: Uuid) -> Result<Task, String> {
        Ok(Task {
            correlation_id,
            ..Task::default()
        })
    }

    let capture = Capture::strict();
    let _request = foreign_context().attach();
    let task = initialize(Uuid::new_v4()).unwrap();
    let span = capture.spans().one();
    assert_eq!(span.trace_id().to_u128(), 0xaa, "it stays in its caller's trace");
    assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));
    let link = &span.links()[0];
    assert_eq!(link.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(link.span_id(), identity::root_span_id(task.task_uuid));
}

#[test]
fn code_attributes_name_the_function() {
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "pending", "initializing", || ());
    task_scope!("task.archival", within = "task.orchestration", task = task).in_scope(|| ());
    let span = capture.spans().named("task.state_transition").one();
    assert_eq!(span.text("code.function.name"), Some("parentage::transition"));
    assert!(
        span.text("code.file.path")
            .is_some_and(|path| path.ends_with("parentage.rs"))
    );
    assert!(span.integer("code.line.number").is_some_and(|line| line > 1));
    let block = capture.spans().named("task.archival").one();
    assert_eq!(
        block.text("code.function.name"),
        Some("parentage::code_attributes_name_the_function")
    );
}
