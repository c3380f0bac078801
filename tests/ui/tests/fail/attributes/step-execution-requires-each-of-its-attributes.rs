use tasker_span_runtime::step_span;

#[step_span("step.execution", inherit(task_uuid, step_uuid, namespace, handler_name))]
fn lacks_correlation_id() {}

#[step_span("step.execution", inherit(correlation_id, step_uuid, namespace, handler_name))]
fn lacks_task_uuid() {}

#[step_span("step.execution", inherit(correlation_id, task_uuid, namespace, handler_name))]
fn lacks_step_uuid() {}

#[step_span("step.execution", inherit(correlation_id, task_uuid, step_uuid, handler_name))]
fn lacks_namespace() {}

#[step_span("step.execution", inherit(correlation_id, task_uuid, step_uuid, namespace))]
fn lacks_handler_name() {}

#[step_span("step.execution")]
fn lacks_everything() {}

fn main() {}
