use tasker_span_runtime::task_span;

const NAME: &str = "task.orchestration";

#[task_span(NAME, inherit(correlation_id, task_uuid, namespace))]
fn named_by_a_constant() {}

#[task_span(1, inherit(correlation_id, task_uuid, namespace))]
fn named_by_a_number() {}

fn uses() {
    let _ = NAME;
}

fn main() {}
