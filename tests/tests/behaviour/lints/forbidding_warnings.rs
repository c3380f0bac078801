//! A module under `forbid(warnings)`, which turns an `#[allow]` of an expansion into an error.

#![forbid(warnings)]

use tasker_span_runtime::{SpanFields, Uuid, step_scope, task_span};

#[derive(SpanFields)]
struct Order {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: String,
}

#[task_span("task.state_transition", from = "pending", to = to, ret)]
fn transition(task: &Order, to: Option<&str>) -> Result<Uuid, String> {
    to.map(|_| task.task_uuid).ok_or_else(|| "nowhere".to_owned())
}

#[task_span("task.initialization", within = "task.orchestration", fields(count, task.namespace))]
fn initialize(task: &Order, count: usize) {
    transition(task, Some("initializing")).unwrap();
}

#[test]
fn it_runs() {
    let id = Uuid::from_u128(7);
    let task = Order {
        task_uuid: id,
        correlation_id: id,
        namespace: "payments".to_owned(),
    };
    initialize(&task, 3);
    step_scope!(
        "result.submission",
        step_uuid = id,
        inherit(correlation_id, task_uuid, namespace)
    )
    .in_scope(|| ());
}
