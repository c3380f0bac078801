use tasker_span_runtime::task_span;

#[task_span("task.orchestration", level = "inf", inherit(correlation_id, task_uuid, namespace))]
fn run() {}

#[task_span("task.orchestration", level = Level::WARNING, inherit(correlation_id, task_uuid, namespace))]
fn warn() {}

#[task_span("task.orchestration", level = 3, inherit(correlation_id, task_uuid, namespace))]
fn number() {}

fn main() {}
