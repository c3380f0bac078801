use tasker_span_runtime::task_span;

#[task_span("task.orchestration", err(Debug), failed = |_| false, inherit(correlation_id, task_uuid, namespace))]
fn run() -> Result<(), String> {
    Ok(())
}

fn main() {}
