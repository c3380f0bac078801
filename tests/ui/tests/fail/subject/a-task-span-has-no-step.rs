use tasker_span_runtime::task_span;

#[task_span("step.discovery", step = step, inherit(correlation_id, task_uuid, namespace))]
fn run(step: &str) {
    let _ = step;
}

fn main() {}
