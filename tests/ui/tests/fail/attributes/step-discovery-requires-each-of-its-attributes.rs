use tasker_span_runtime::task_span;

#[task_span("step.discovery", inherit(task_uuid, namespace))]
fn lacks_correlation_id() {}

#[task_span("step.discovery", inherit(correlation_id, namespace))]
fn lacks_task_uuid() {}

#[task_span("step.discovery", inherit(correlation_id, task_uuid))]
fn lacks_namespace() {}

#[task_span("step.discovery")]
fn lacks_everything() {}

fn main() {}
