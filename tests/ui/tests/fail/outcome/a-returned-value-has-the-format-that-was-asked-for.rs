use tasker_span_runtime::task_span;

struct Opaque;

#[task_span("task.orchestration", ret, inherit(correlation_id, task_uuid, namespace))]
fn debug() -> Result<Opaque, String> {
    Ok(Opaque)
}

#[task_span("task.orchestration", ret(Display), inherit(correlation_id, task_uuid, namespace))]
async fn display() -> Opaque {
    Opaque
}

fn main() {}
