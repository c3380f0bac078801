use tasker_span_runtime::task_span;

#[task_span("task.orchestration", crate = "tasker_span_runtime", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

#[task_span("task.orchestration", crate = tasker_span_runtime::<u8>, inherit(correlation_id, task_uuid, namespace))]
fn with_arguments() {}

fn main() {}
