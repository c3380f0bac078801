use tasker_span_runtime::step_span;

#[step_span("result.submission", inherit(correlation_id, task_uuid, step_uuid, namespace, step_name, handler_name))]
fn run() {}

fn main() {}
