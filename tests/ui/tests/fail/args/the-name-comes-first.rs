use tasker_span_runtime::task_span;

#[task_span(level = "debug", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
