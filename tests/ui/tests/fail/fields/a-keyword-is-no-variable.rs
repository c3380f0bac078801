use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields(type, %fn, ?order.match, _), inherit(correlation_id, task_uuid, namespace))]
fn run() {}

#[task_span("task.orchestration", fields(_ = 1, type = 2, r#type), inherit(correlation_id, task_uuid, namespace))]
fn with_values(r#type: u8) {}

fn main() {}
