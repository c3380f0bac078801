use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields(task_uuid = id, handler_name = "charge", from_state = "pending"), inherit(correlation_id, task_uuid, namespace))]
fn run(id: u128) {
    let _ = id;
}

fn main() {}
