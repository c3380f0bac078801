use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id = id, task_uuid, namespace))]
fn run(id: u128) {
    let _ = id;
}

fn main() {}
