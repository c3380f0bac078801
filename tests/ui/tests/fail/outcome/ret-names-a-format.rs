use tasker_span_runtime::task_span;

#[task_span("task.orchestration", ret(Json), inherit(correlation_id, task_uuid, namespace))]
fn run() -> u32 {
    7
}

#[task_span("task.orchestration", ret(level = tracing::Level::WARN, Display), inherit(correlation_id, task_uuid, namespace))]
fn with_level() -> u32 {
    7
}

fn main() {}
