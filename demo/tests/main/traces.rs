//! The traces of the example's orders.

use tasker_span_demo::orders::{self, Processed, example_orders};
use tasker_span_demo::tasker::TaskState;
use tasker_span_runtime::catalogue::CATALOGUE;
use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{Capture, CapturedSpan, Outline, Spans};
use tracing::dispatcher;

/// Processes one order of the example on this thread: the order of its spans is always the same.
fn process(number: &str) -> (Vec<Processed>, Spans) {
    let order = example_orders()
        .unwrap()
        .into_iter()
        .find(|order| order.number == number);
    let capture = Capture::strict();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let processed = runtime.unwrap().block_on(orders::process(&[order.unwrap()])).unwrap();
    capture.assert_complete();
    (processed, capture.spans())
}

fn assert_tree(spans: &Spans, of: &Processed, expected: &str) {
    let tree = Outline::of([spans.tree_of(of.task.task_uuid)])
        .kinds()
        .events()
        .to_string();
    assert!(tree == expected, "{tree}");
}

fn executions(spans: &Spans, handler: &str) -> Vec<CapturedSpan> {
    let executions = spans.named("step.execution").with("handler_name", handler);
    executions.into_iter().collect()
}

#[test]
fn a_payment_is_retried() {
    let (processed, spans) = process("1002");
    assert_eq!(processed[0].state, TaskState::Complete);
    assert_tree(
        &spans,
        &processed[0],
        "\
task.orchestration process_order
  task.initialization
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
    step.discovery
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
  step.execution validate_order attempt=1 consumer
    step.state_transition enqueued → in_progress
    handler.execution
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → complete attempt=1
  task.state_transition evaluating_results → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
      step.state_transition pending → enqueued
  step.execution charge_payment attempt=1 consumer ERROR gateway_timeout
    step.state_transition enqueued → in_progress
    handler.execution ERROR gateway_timeout
      payment.authorization client ERROR gateway_timeout
        · no answer from the payment gateway
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  step.execution reserve_stock attempt=1 consumer
    step.state_transition enqueued → in_progress
    handler.execution
      reserve_item
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → waiting_for_retry attempt=1
      step.state_transition enqueued_for_orchestration → complete attempt=1
  task.state_transition evaluating_results → waiting_for_retry
  task.state_transition waiting_for_retry → enqueuing_steps
    step.state_transition waiting_for_retry → pending attempt=1
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued attempt=1
  step.execution charge_payment attempt=2 consumer
    step.state_transition enqueued → in_progress
    handler.execution
      payment.authorization client
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → complete attempt=2
  task.state_transition evaluating_results → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
  step.execution ship_order attempt=1 consumer
    step.state_transition enqueued → in_progress
    handler.execution
      shipment.booking
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → complete attempt=1
  task.state_transition evaluating_results → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
  step.execution send_receipt attempt=1 consumer
    step.state_transition enqueued → in_progress
    handler.execution
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → complete attempt=1
  task.state_transition evaluating_results → complete
    task.finalization
",
    );
}

#[test]
fn each_span_of_the_catalogue_has_its_required_attributes() {
    let (processed, spans) = process("1002");
    let task = &processed[0].task;
    let trace = spans.of_task(task.task_uuid);
    assert_eq!(trace.absent(), [""; 0]);
    for spec in &CATALOGUE {
        for span in &trace.named(spec.name) {
            for required in spec.required {
                assert!(span.attribute(required.name()).is_some(), "{required:?} of {span:?}");
            }
            assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));
            assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
            assert_eq!(span.text("namespace"), Some("fulfillment"));
        }
    }
}

#[test]
fn attempts_are_children_of_the_root_with_derived_ids() {
    let (processed, spans) = process("1002");
    let root = identity::root_span_id(processed[0].task.task_uuid);
    let attempts = executions(&spans, "charge_payment");
    for (attempt, number) in attempts.iter().zip(1..) {
        let step_uuid = attempt.uuid("step_uuid").unwrap();
        assert_eq!(attempt.span_id(), identity::execution_span_id(step_uuid, number));
        assert_eq!(attempt.parent_span_id(), Some(root));
        assert_eq!(attempt.integer("attempt_number"), Some(i64::from(number)));
        assert_eq!(attempt.integer("max_attempts"), Some(3));
    }
    assert_eq!(
        attempts.iter().map(CapturedSpan::is_error).collect::<Vec<_>>(),
        [true, false]
    );
    assert_eq!(attempts[0].uuid("step_uuid"), attempts[1].uuid("step_uuid"));
    // A failed attempt does not fail the root.
    let root = spans.tree_of(processed[0].task.task_uuid).root().unwrap().clone();
    assert!(!root.is_error(), "{root:?}");
    assert_eq!(root.start(), processed[0].task.requested_at);
}

#[test]
fn each_execution_links_to_the_span_that_sent_the_step() {
    let (_, spans) = process("1002");
    let senders = spans.named("step.enqueuing");
    let linked_to = |execution: &CapturedSpan| {
        let sender = senders.iter().position(|sender| execution.is_linked_to(sender));
        (execution.links().len(), sender)
    };
    let handlers = [
        "validate_order",
        "charge_payment",
        "reserve_stock",
        "ship_order",
        "send_receipt",
    ];
    let sent = handlers.map(|handler| executions(&spans, handler).iter().map(linked_to).collect::<Vec<_>>());
    assert_eq!(
        sent,
        [
            vec![(1, Some(0))],
            // The second attempt links to the first as well.
            vec![(1, Some(1)), (2, Some(2))],
            vec![(1, Some(1))],
            vec![(1, Some(3))],
            vec![(1, Some(4))],
        ]
    );
}

#[test]
fn a_payment_is_declined() {
    let (processed, spans) = process("1003");
    assert_eq!(processed[0].state, TaskState::Error);
    assert_tree(
        &spans,
        &processed[0],
        "\
task.orchestration renew_subscription ERROR task_error
  task.initialization
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
    step.discovery
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
  step.execution validate_order attempt=1 consumer
    step.state_transition enqueued → in_progress
    handler.execution
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → complete attempt=1
  task.state_transition evaluating_results → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      step.state_transition pending → enqueued
  step.execution charge_payment attempt=1 consumer ERROR card_declined
    step.state_transition enqueued → in_progress
    handler.execution ERROR card_declined
      payment.authorization client ERROR card_declined
    step.state_transition in_progress → enqueued_for_orchestration
    result.submission producer
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
      step.state_transition enqueued_for_orchestration → error attempt=1
  task.state_transition evaluating_results → blocked_by_failures
  task.state_transition blocked_by_failures → error
    task.finalization
      step.state_transition pending → cancelled
",
    );
    let root = spans.tree_of(processed[0].task.task_uuid).root().unwrap().clone();
    assert_eq!(root.text("tasker.final_state"), Some("error"));
}

#[test]
fn a_child_task_has_a_trace_of_its_own() {
    let (processed, spans) = process("1004");
    let [parent, child] = &*processed else {
        panic!("{processed:?}")
    };
    assert_eq!((parent.state, child.state), (TaskState::Complete, TaskState::Complete));
    assert_eq!(child.task.parent_correlation_id, Some(parent.task.correlation_id));

    let root = spans.tree_of(child.task.task_uuid).root().unwrap().clone();
    assert_eq!(root.trace_id(), identity::trace_id(child.task.task_uuid));
    assert_eq!(root.uuid("parent_correlation_id"), Some(parent.task.correlation_id));
    assert_ne!(root.uuid("correlation_id"), Some(parent.task.correlation_id));
    assert_eq!(root.text("namespace"), Some("inventory"));

    // Created by a handler of the parent, which it links to.
    let creation = spans.of_task(child.task.task_uuid).named("task.initialization").one();
    assert_eq!(creation.parent_span_id(), Some(root.span_id()));
    let handlers = spans.of_task(parent.task.task_uuid).named("handler.execution");
    assert_eq!(
        handlers.iter().filter(|handler| creation.is_linked_to(handler)).count(),
        1
    );

    // The parent waits for its end.
    let waiting = spans
        .named("task.state_transition")
        .with("to_state", "waiting_for_dependencies")
        .one();
    let resumed = spans
        .named("task.state_transition")
        .with("from_state", "waiting_for_dependencies")
        .one();
    assert!(waiting.end() <= root.end() && root.end() <= resumed.start());
}

#[test]
fn an_order_is_cancelled() {
    let (processed, spans) = process("1005");
    assert_eq!(processed[0].state, TaskState::Cancelled);
    let cancellation = spans.named("task.state_transition").with("to_state", "cancelled").one();
    assert_eq!(cancellation.text("from_state"), Some("waiting_for_retry"));
    let root = spans.tree_of(processed[0].task.task_uuid).root().unwrap().clone();
    assert!(!root.is_error(), "{root:?}");
    assert_eq!(
        spans.named("step.state_transition").with("to_state", "cancelled").len(),
        2
    );
}

#[test]
fn a_request_has_a_trace_of_its_own_that_the_creation_links_to() {
    let (processed, spans) = process("1001");
    let root = spans.tree_of(processed[0].task.task_uuid).root().unwrap().clone();
    let request = spans.named("POST /orders").one();
    assert_ne!(request.trace_id(), root.trace_id());
    let creation = spans.named("task.initialization").one();
    assert_eq!(creation.parent_span_id(), Some(root.span_id()));
    assert!(creation.is_linked_to(&request));
}

#[test]
fn all_orders_at_once_on_several_threads() {
    let capture = Capture::start();
    let dispatch = capture.dispatch().clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        // Forgotten: the default of the thread until its end.
        .on_thread_start(move || std::mem::forget(dispatcher::set_default(&dispatch)))
        .build();
    let processed = runtime
        .unwrap()
        .block_on(orders::process(&example_orders().unwrap()))
        .unwrap();
    capture.assert_complete();

    let states = processed
        .iter()
        .map(|done| (done.order.as_deref(), done.state.as_str()));
    assert_eq!(
        states.collect::<Vec<_>>(),
        [
            (Some("1001"), "complete"),
            (Some("1002"), "complete"),
            (Some("1003"), "error"),
            (Some("1004"), "complete"),
            (Some("1005"), "cancelled"),
            (None, "complete"),
        ]
    );
}
