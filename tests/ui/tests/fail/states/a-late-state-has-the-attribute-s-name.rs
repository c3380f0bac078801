use tasker_span_runtime::task_span;

#[task_span("task.state_transition", from = "pending", late(to), inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
