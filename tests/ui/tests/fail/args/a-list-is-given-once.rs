use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id, task_uuid), inherit(namespace))]
fn run() {}

fn main() {}
