use tasker_span_runtime::task_span;

#[task_span("task.orchestration", task =)]
fn at_the_end() {}

#[task_span("task.orchestration", target = , inherit(correlation_id, task_uuid, namespace))]
fn before_a_comma() {}

fn main() {}
