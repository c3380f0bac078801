use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

#[task_span("task.orchestration")]
fn by_reference(task: &Task) {}

#[task_span("task.orchestration")]
async fn behind_a_pointer(task: Option<Box<Task>>) {}

fn main() {}
