use tasker_span_runtime::task_span;

#[task_span("task.state_transition", from = from, to = to, inherit(correlation_id, task_uuid, namespace))]
fn run(from: Option<Vec<u8>>, to: u128) {}

struct State;

#[task_span("task.state_transition", from = State, to = "complete", inherit(correlation_id, task_uuid, namespace))]
fn without_display() {}

fn main() {}
