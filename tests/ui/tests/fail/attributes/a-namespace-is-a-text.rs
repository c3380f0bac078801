use tasker_span_runtime::task_span;

#[task_span("task.orchestration", namespace = namespace, inherit(correlation_id, task_uuid))]
fn run(namespace: Vec<u8>) {}

fn main() {}
