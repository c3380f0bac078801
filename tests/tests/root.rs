//! The root of a task: who emits it, when it began, and that there is one.

use std::time::SystemTime;

use tasker_span_runtime::testing::{Capture, Status};
use tasker_span_runtime::{Uuid, identity, task_span};
use tasker_span_tests::fixture::Task;

#[task_span("task.orchestration")]
async fn orchestrate(task: &Task) {
    tokio::task::yield_now().await;
    transition(task, "evaluating_results", "complete").unwrap();
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition(task: &Task, from: &str, to: &str) -> Result<(), String> {
    if from == to {
        Err("no transition".to_owned())
    } else {
        Ok(())
    }
}

#[test]
fn each_terminal_state_emits_the_root_back_dated_to_the_task_s_start() {
    for state in ["complete", "error", "cancelled", "resolved_manually"] {
        let capture = Capture::strict();
        let task = Task {
            parent_correlation_id: Some(Uuid::new_v4()),
            ..Task::default()
        };
        transition(&task, "pending", "initializing").unwrap();
        assert!(
            capture.spans().named("task.orchestration").is_empty(),
            "the task still runs"
        );
        transition(&task, "evaluating_results", state).unwrap();
        let root = capture.spans().named("task.orchestration").one();
        assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
        assert_eq!(root.parent_span_id(), None);
        assert_eq!(root.start(), task.created_at);
        assert!(capture.spans().iter().all(|span| span.end() <= root.end()));
        assert_eq!(root.text("tasker.final_state"), Some(state));
        assert_eq!(root.uuid("parent_correlation_id"), task.parent_correlation_id);
        assert_eq!(root.text("task_name"), Some("order_fulfillment"));
        assert_eq!(root.integer("priority"), Some(3));
        assert_eq!(root.is_error(), state == "error");
        capture.assert_complete();
    }
}

#[test]
fn the_root_is_emitted_once() {
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "evaluating_results", "error").unwrap();
    transition(&task, "error", "resolved_manually").unwrap();
    transition(&task, "resolved_manually", "complete").unwrap();
    assert_eq!(capture.spans().named("task.orchestration").len(), 1);
}

#[test]
fn a_transition_that_failed_has_not_happened() {
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "complete", "complete").unwrap_err();
    assert!(capture.spans().named("task.orchestration").is_empty());
    transition(&task, "evaluating_results", "complete").unwrap();
    assert_eq!(
        *capture.spans().named("task.orchestration").one().status(),
        Status::Unset
    );
}

#[test]
fn a_transition_whose_target_is_late_closes_the_task_too() {
    #[task_span("task.state_transition", from = "evaluating_results", late(to_state = |state| *state))]
    fn evaluate(task: &Task) -> Result<&'static str, String> {
        Ok("Complete")
    }
    let capture = Capture::strict();
    evaluate(&Task::default()).unwrap();
    assert_eq!(
        capture.spans().named("task.state_transition").one().text("to_state"),
        Some("complete")
    );
    capture.assert_complete();
}

#[tokio::test]
async fn a_driver_emits_the_root_itself() {
    let capture = Capture::strict();
    let task = Task::default();
    orchestrate(&task).await;
    let root = capture.spans().named("task.orchestration").one();
    assert!(root.start() > task.created_at, "a span that ran is not back-dated");
    capture.assert_complete();
}

#[test]
fn without_a_start_the_root_begins_when_this_process_met_the_task() {
    #[task_span("task.state_transition", task_uuid = id, correlation_id = id, namespace = "n", from = from, to = to)]
    fn bare(id: Uuid, from: &str, to: &str) {}
    let capture = Capture::strict();
    let id = Uuid::now_v7();
    let before = SystemTime::now();
    bare(id, "pending", "initializing");
    bare(id, "evaluating_results", "complete");
    let root = capture.spans().named("task.orchestration").one();
    let first = capture.spans().with("to_state", "initializing").one();
    assert!(before <= root.start() && root.start() <= first.start());
}
