use tasker_span_runtime::task_span;

#[task_span("task.orchestration", err, inherit(correlation_id, task_uuid, namespace))]
fn number() -> u32 {
    7
}

#[task_span("task.orchestration", err(type), inherit(correlation_id, task_uuid, namespace))]
fn nothing() {}

fn main() {}
