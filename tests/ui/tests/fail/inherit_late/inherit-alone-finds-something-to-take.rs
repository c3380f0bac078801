use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Task {
    correlation_id: Uuid,
    task_uuid: Uuid,
    namespace: String,
}

#[task_span("task.orchestration", correlation_id = id, task_uuid = id, namespace = "payments", inherit)]
fn everything_has_a_value(id: Uuid) {}

#[task_span("task.state_transition", inherit)]
fn states_are_never_inherited(task: Task) {}

fn main() {}
