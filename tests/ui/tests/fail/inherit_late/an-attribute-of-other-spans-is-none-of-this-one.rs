use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace, step_uuid), late(handler_name, to))]
fn run() {}

fn main() {}
