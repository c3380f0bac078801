use tasker_span_runtime::task_span;

#[task_span("step.discovery", from = "pending", to = "complete", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

#[task_span("task.initialization", within = "task.state_transition", to = "complete", inherit(correlation_id, task_uuid, namespace))]
fn of_ones_own() {}

fn main() {}
