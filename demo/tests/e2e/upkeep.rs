//! Tasks that the database moves: their transitions and roots in Jaeger, written by processes that never ran them.

use std::collections::HashSet;

use sqlx::types::chrono::{DateTime, Utc};
use tasker_span_cli::jaeger::Trace;
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::postgres::TaskProgress;
use tasker_span_runtime::identity::{self, SpanId};
use tasker_span_runtime::testing::CapturedSpan;

use crate::example_order;
use crate::shop::Shop;

/// A shop whose orchestrator has placed an order and was stopped, so that the task makes no progress.
fn stuck() -> (Shop, TaskProgress) {
    let shop = Shop::open();
    let mut orchestrator = shop.orchestrator(&[example_order("1001")]);
    let tasks = shop.wait_for_tasks(1, "steps in process", |task| task.state == TaskState::StepsInProcess);
    let task = tasks.into_iter().next().unwrap();
    // Once all its spans have arrived.
    wait_for_transition(&shop, &task, "steps_in_process");
    orchestrator.kill();
    shop.with_database(async |pool| {
        let aged = "UPDATE tasker.tasks SET state_since = state_since - interval '90 minutes'";
        sqlx::query(aged).execute(pool).await
    });
    (shop, task)
}

fn wait_for_transition(shop: &Shop, task: &TaskProgress, to: &str) -> Trace {
    let trace_id = identity::trace_id(task.task.task_uuid);
    shop.wait_for_trace(trace_id, to, |trace| !trace.captured().with("to_state", to).is_empty())
}

/// When the database moved the task to this state.
fn moved_at(shop: &Shop, to: &str) -> DateTime<Utc> {
    shop.with_database(async |pool| {
        let moved = sqlx::query_scalar("SELECT moved_at FROM tasker.moves WHERE to_state = $1");
        moved.bind(to).fetch_one(pool).await
    })
}

fn derived(shop: &Shop, task: &TaskProgress, from: &str, to: &str) -> SpanId {
    identity::transition_span_id(task.task.task_uuid, from, to, moved_at(shop, to).into())
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn a_stale_task_has_a_root_although_no_code_ended_it() {
    let (shop, task) = stuck();
    let output = shop.upkeep(&["stale", "3600"]);
    assert!(output.contains("steps_in_process → error after 90 min"), "{output}");
    let ended = shop.wait_for_end(1);
    assert_eq!(ended[0].state, TaskState::Error);

    let trace = shop.whole_trace(&ended[0]);
    let spans = trace.captured();
    let moved = spans.named("task.state_transition").with("to_state", "error").one();
    assert_eq!(moved.span_id(), derived(&shop, &task, "steps_in_process", "error"));
    let root = spans.named("task.orchestration").one();
    assert_eq!(
        (root.error_type(), root.text("tasker.final_state")),
        (Some("task_error"), Some("error"))
    );
    assert_eq!(root.uuid("correlation_id"), Some(task.task.correlation_id));
    assert!(root.duration() > moved.duration());
    let of_row = spans.filter(|span| span.attribute("code.function.name").is_none());
    assert_eq!(of_row.len(), 2, "{trace}");

    // Another process finds the dead letter and records it again: copies of the same two spans.
    let output = shop.upkeep(&["dead-letters"]);
    assert!(output.contains("1 tasks"), "{output}");
    let copied = shop.wait_for_trace(identity::trace_id(task.task.task_uuid), "the copies", |copied| {
        copied.spans.len() == trace.spans.len() + 2
    });
    let ids = |trace: &Trace| {
        let spans = trace.captured();
        spans.iter().map(CapturedSpan::span_id).collect::<HashSet<_>>()
    };
    assert_eq!(ids(&copied), ids(&trace), "{copied}");
    assert_eq!(copied.captured().check_complete(), []);

    // An operator closes it. It has its root already.
    let output = shop.upkeep(&["resolve", &task.task.task_uuid.to_string()]);
    assert!(output.contains("error → resolved_manually"), "{output}");
    let resolved = wait_for_transition(&shop, &task, "resolved_manually").captured();
    let transition = resolved.with("to_state", "resolved_manually").one();
    assert_eq!(
        transition.span_id(),
        derived(&shop, &task, "error", "resolved_manually")
    );
    let roots = resolved.named("task.orchestration");
    assert!(
        roots
            .iter()
            .all(|root| root.text("tasker.final_state") == Some("error"))
    );
    assert!(shop.upkeep(&["dead-letters"]).contains("0 tasks"));
    assert!(
        shop.upkeep(&["cancel", &task.task.task_uuid.to_string()])
            .contains("0 tasks")
    );
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn an_operator_cancels_a_task_in_the_database() {
    let (shop, task) = stuck();
    let output = shop.upkeep(&["cancel", &task.task.task_uuid.to_string()]);
    assert!(output.contains("steps_in_process → cancelled"), "{output}");
    let ended = shop.wait_for_end(1);
    let spans = shop.whole_trace(&ended[0]).captured();
    let moved = spans.with("to_state", "cancelled").one();
    assert_eq!(moved.span_id(), derived(&shop, &task, "steps_in_process", "cancelled"));
    let root = spans.named("task.orchestration").one();
    assert!(!root.is_error());
    assert_eq!(root.text("tasker.final_state"), Some("cancelled"));
    assert!(shop.upkeep(&["stale", "3600"]).contains("0 tasks"));
}
