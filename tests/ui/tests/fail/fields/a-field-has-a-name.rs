use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields("" = 1, 3, %), inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
