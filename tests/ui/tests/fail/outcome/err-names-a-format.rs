use tasker_span_runtime::task_span;

#[task_span("task.orchestration", err(display), inherit(correlation_id, task_uuid, namespace))]
fn run() -> Result<(), String> {
    Ok(())
}

#[task_span("task.orchestration", err(), inherit(correlation_id, task_uuid, namespace))]
fn empty() -> Result<(), String> {
    Ok(())
}

#[task_span("task.orchestration", err(Debug, level = "warn"), inherit(correlation_id, task_uuid, namespace))]
fn with_level() -> Result<(), String> {
    Ok(())
}

#[task_span("task.orchestration", err(level = "warn"), inherit(correlation_id, task_uuid, namespace))]
fn with_level_alone() -> Result<(), String> {
    Ok(())
}

fn main() {}
