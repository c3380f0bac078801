use tasker_span_runtime::{Uuid, task_span};

#[task_span("task.orchestration", task_uuid = task.uuid, inherit(correlation_id, namespace))]
fn no_such_field(task: &Uuid) {}

#[task_span("task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
fn no_such_name(task: &Uuid) {}

fn main() {}
