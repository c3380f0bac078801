//! Which trace a span is in, and which span is its parent.

mod allowed;
mod moments;
mod places;
mod properties;
mod remote;

use tasker_span_tests::prelude::*;

#[test]
fn every_span_of_a_task_is_in_the_trace_of_its_uuid_under_the_derived_root() {
    let capture = Capture::strict();
    let tasks = [Task::default(), Task::default()];
    for task in &tasks {
        begin(task);
        execute(task, &task.step(), || ());
    }
    for task in &tasks {
        let spans = capture.spans().of_task(task.task_uuid);
        assert_eq!(spans.len(), 2);
        for span in &spans {
            assert_eq!(
                (span.trace_id(), span.parent_span_id()),
                (task.trace_id(), Some(task.root_id()))
            );
        }
    }
}

#[test]
fn attempts_at_a_step_are_siblings_with_derived_ids() {
    let capture = Capture::strict();
    let task = Task::default();
    let first = task.step();
    let attempts = [first.attempt(1), first.attempt(2)];
    for step in &attempts {
        execute(&task, step, || ());
    }
    for (step, span) in attempts.iter().zip(&capture.spans()) {
        assert_eq!(span.span_id(), step.execution_id());
        assert_eq!(span.parent_span_id(), Some(task.root_id()));
        assert_eq!(span.integer("attempt_number"), Some(i64::from(step.attempts)));
    }
}

#[test]
fn without_its_execution_a_step_span_has_the_derived_attempt_as_parent() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step().attempt(2);
    handle_step(&task, &step, || ());
    assert_eq!(capture.spans().one().parent_span_id(), Some(step.execution_id()));
}

#[test]
fn a_foreign_context_becomes_a_link() {
    let capture = Capture::strict();
    let task = Task::default();
    let _request = remote(0xaa, 0xbb).context().attach();
    execute(&task, &task.step(), || ());
    let span = capture.spans().one();
    assert_eq!(
        (span.trace_id(), span.parent_span_id()),
        (task.trace_id(), Some(task.root_id()))
    );
    let links = span.links().iter();
    let links = links.map(|link| (link.trace_id().to_u128(), link.span_id().to_u64()));
    assert_eq!(links.collect::<Vec<_>>(), [(0xaa, 0xbb)]);
}

#[test]
fn a_context_in_the_trace_of_the_task_is_the_parent() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || {
        tracing::info_span!("plain").in_scope(|| handle_step(&task, &step, || ()));
        submit_step(&task, &step, || ());
    });
    assert_eq!(
        Outline::new(&capture.spans()).links().to_string(),
        "\
(task.orchestration: not captured)
  step.execution charge_payment attempt=1
    plain
      handler.execution charge_payment attempt=1
    result.submission
"
    );
}

#[test]
fn another_task_inside_a_span_has_its_own_trace_and_a_link() {
    let capture = Capture::strict();
    let parent = Task::default();
    let child = Task {
        parent_correlation_id: Some(parent.correlation_id),
        ..Task::default()
    };
    execute(&parent, &parent.step(), || begin(&child));
    let spans = capture.spans();
    let transition = spans.named("task.state_transition").one();
    assert_eq!(transition.trace_id(), child.trace_id());
    assert!(transition.is_linked_to(&spans.named("step.execution").one()));
    assert_eq!(transition.uuid("parent_correlation_id"), Some(parent.correlation_id));
}

#[test]
fn instrumented_functions_nest_at_each_level() {
    #[tracing::instrument(skip_all)]
    fn outer(task: &Task) {
        initialize(task, || between(task));
    }
    #[tracing::instrument(skip_all)]
    fn between(task: &Task) {
        discover_with_instrumented(task);
    }
    #[task_span("step.discovery")]
    fn discover_with_instrumented(task: &Task) {
        inner();
    }
    #[tracing::instrument]
    fn inner() {}

    let capture = Capture::strict();
    let task = Task::default();
    outer(&task);
    assert_eq!(
        Outline::new(&capture.spans()).links().to_string(),
        "\
outer

(task.orchestration: not captured)
  task.state_transition initializing → enqueuing_steps link=outer
    between
      step.discovery order_fulfillment
        inner
"
    );
}
