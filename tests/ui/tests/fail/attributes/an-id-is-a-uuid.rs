use tasker_span_runtime::task_span;

#[task_span("task.orchestration", task_uuid = id, correlation_id = id.clone(), inherit(namespace))]
fn run(id: String) {}

fn main() {}
