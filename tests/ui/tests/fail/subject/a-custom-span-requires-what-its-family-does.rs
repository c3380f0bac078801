use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

#[task_span("task.initialization", within = "task.orchestration")]
fn run(task: &Task) {}

fn main() {}
