use tasker_span_runtime::step_span;

#[step_span("step.state_transition", from = "pending", to = "complete", inherit(task_uuid, step_uuid, namespace))]
fn lacks_correlation_id() {}

#[step_span("step.state_transition", from = "pending", to = "complete", inherit(correlation_id, step_uuid, namespace))]
fn lacks_task_uuid() {}

#[step_span("step.state_transition", from = "pending", to = "complete", inherit(correlation_id, task_uuid, namespace))]
fn lacks_step_uuid() {}

#[step_span("step.state_transition", from = "pending", to = "complete", inherit(correlation_id, task_uuid, step_uuid))]
fn lacks_namespace() {}

#[step_span("step.state_transition", to = "complete", inherit(correlation_id, task_uuid, step_uuid, namespace))]
fn lacks_from_state() {}

#[step_span("step.state_transition", from = "pending", inherit(correlation_id, task_uuid, step_uuid, namespace))]
fn lacks_to_state() {}

#[step_span("step.state_transition")]
fn lacks_everything() {}

fn main() {}
