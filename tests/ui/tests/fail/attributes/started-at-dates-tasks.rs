use tasker_span_runtime::step_span;

#[step_span("step.execution", started_at = now, inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace))]
fn run(now: std::time::SystemTime) {
    let _ = now;
}

fn main() {}
