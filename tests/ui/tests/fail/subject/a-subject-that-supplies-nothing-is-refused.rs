use tasker_span_runtime::step_span;

#[step_span("result.submission", task = 1, step = 2, correlation_id = 1, task_uuid = 2, namespace = 3, inherit(step_uuid))]
fn run() {}

fn main() {}
