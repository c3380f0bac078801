use tasker_span_runtime::task_span;

#[task_span("task.orchestration" level = "debug" inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
