use tasker_span_runtime::task_span;

#[task_span("task.initialization", within = "task.orchestrating", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

#[task_span("task.cleanup", within = "cleanup", inherit(correlation_id, task_uuid, namespace))]
fn clean() {}

fn main() {}
