use tasker_span_runtime::task_span;

#[task_span("step.enqueuing", kind = producer, inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
