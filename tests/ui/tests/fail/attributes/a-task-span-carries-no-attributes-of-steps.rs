use tasker_span_runtime::task_span;

#[task_span("task.orchestration", step_uuid = id, attempt_number = 1, inherit(correlation_id, task_uuid, namespace))]
fn run(id: u128) {
    let _ = id;
}

fn main() {}
