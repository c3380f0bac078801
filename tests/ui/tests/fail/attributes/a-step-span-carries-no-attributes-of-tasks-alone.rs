use tasker_span_runtime::step_span;

#[step_span("step.execution", priority = 1, inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace))]
fn run() {}

fn main() {}
