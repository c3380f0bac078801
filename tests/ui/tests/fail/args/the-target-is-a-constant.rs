use tasker_span_runtime::task_span;

#[task_span("task.orchestration", target = target, inherit(correlation_id, task_uuid, namespace))]
fn run(target: &str) {
    let _ = target;
}

fn main() {}
