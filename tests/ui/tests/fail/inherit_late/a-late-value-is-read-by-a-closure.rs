use tasker_span_runtime::{Uuid, task_span};

#[task_span("task.orchestration", inherit(correlation_id, namespace), late(task_uuid = id))]
fn run(id: Uuid) -> Result<u64, String> {
    Ok(1)
}

fn main() {}
