use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields(error.type = "io", otel.status_code = "ERROR"), inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
