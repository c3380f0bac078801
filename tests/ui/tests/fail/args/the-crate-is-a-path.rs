use tasker_span_runtime::task_span;

#[task_span("task.orchestration", crate = "tasker_span_runtime", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
