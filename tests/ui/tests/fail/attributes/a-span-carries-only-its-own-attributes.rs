use tasker_span_runtime::step_span;

#[step_span("result.submission", handler_name = "charge", inherit(correlation_id, task_uuid, step_uuid, namespace))]
fn run() {}

fn main() {}
