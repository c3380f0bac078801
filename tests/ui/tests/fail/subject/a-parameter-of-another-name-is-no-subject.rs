use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

#[task_span("task.orchestration", inherit(namespace))]
fn run(my_task: &Task) -> Uuid {
    let Task { task_uuid, correlation_id } = my_task;
    if task_uuid.is_nil() { *correlation_id } else { *task_uuid }
}

fn main() {}
