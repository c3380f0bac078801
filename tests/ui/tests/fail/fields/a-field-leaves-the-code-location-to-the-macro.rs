use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields(code.function.name = "run", tasker.violation = "none"), inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
