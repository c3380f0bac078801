use tasker_span_runtime::task_span;

#[task_span("task.orchestration", task_uuid = %id, inherit(correlation_id, namespace))]
fn run(id: u128) {
    let _ = id;
}

fn main() {}
