use tasker_span_runtime::step_span;

#[step_span("step.retry", within = "step.execution", inherit(task_uuid, step_uuid, namespace))]
fn lacks_correlation_id() {}

#[step_span("step.retry", within = "step.execution", inherit(correlation_id, step_uuid, namespace))]
fn lacks_task_uuid() {}

#[step_span("step.retry", within = "step.execution", inherit(correlation_id, task_uuid, namespace))]
fn lacks_step_uuid() {}

#[step_span("step.retry", within = "step.execution", inherit(correlation_id, task_uuid, step_uuid))]
fn lacks_namespace() {}

#[step_span("step.retry", within = "step.execution")]
fn lacks_everything() {}

fn main() {}
