use tasker_span_runtime::task_span;

#[task_span("task.orchestration", skip(payload), inherit(correlation_id, task_uuid, namespace))]
fn run(payload: &[u8]) {
    let _ = payload;
}

#[task_span("task.orchestration", skip_all, inherit(correlation_id, task_uuid, namespace))]
fn skips_all() {}

fn main() {}
