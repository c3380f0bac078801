use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id, namespace), late(task_uuid = |id| *id))]
fn run() -> Result<u64, String> {
    Ok(1)
}

fn main() {}
