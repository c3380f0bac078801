use tasker_span_runtime::task_span;

#[task_span("task.state_transition", inherit(correlation_id, task_uuid, namespace, from), to = "complete")]
fn run() {}

fn main() {}
