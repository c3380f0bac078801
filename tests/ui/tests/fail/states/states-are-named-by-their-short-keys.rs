use tasker_span_runtime::task_span;

#[task_span("task.state_transition", from_state = "pending", to_state = "complete", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
