use tasker_span_runtime::task_span;

struct Opaque;

#[task_span("task.orchestration", err(Display), inherit(correlation_id, task_uuid, namespace))]
fn display() -> Result<(), Opaque> {
    Err(Opaque)
}

#[task_span("task.orchestration", err(Debug), inherit(correlation_id, task_uuid, namespace))]
async fn debug() -> Result<(), Opaque> {
    Err(Opaque)
}

fn main() {}
