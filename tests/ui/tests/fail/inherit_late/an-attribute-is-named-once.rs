use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace, task_uuid))]
fn twice_inherited() {}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid), late(namespace, namespace))]
fn twice_late() {}

fn main() {}
