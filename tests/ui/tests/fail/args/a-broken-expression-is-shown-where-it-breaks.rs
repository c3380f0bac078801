use tasker_span_runtime::task_span;

#[task_span("task.orchestration", task_uuid = id +, inherit(correlation_id, namespace))]
fn run() {}

#[task_span("task.orchestration", inherit(correlation_id, namespace), task_uuid = id.)]
fn at_the_end() {}

fn main() {}
