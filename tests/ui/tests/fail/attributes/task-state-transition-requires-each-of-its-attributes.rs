use tasker_span_runtime::task_span;

#[task_span("task.state_transition", from = "pending", to = "complete", inherit(task_uuid, namespace))]
fn lacks_correlation_id() {}

#[task_span("task.state_transition", from = "pending", to = "complete", inherit(correlation_id, namespace))]
fn lacks_task_uuid() {}

#[task_span("task.state_transition", from = "pending", to = "complete", inherit(correlation_id, task_uuid))]
fn lacks_namespace() {}

#[task_span("task.state_transition", to = "complete", inherit(correlation_id, task_uuid, namespace))]
fn lacks_from_state() {}

#[task_span("task.state_transition", from = "pending", inherit(correlation_id, task_uuid, namespace))]
fn lacks_to_state() {}

#[task_span("task.state_transition")]
fn lacks_everything() {}

fn main() {}
