use tasker_span_runtime::{SpanFields, Uuid, step_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: String,
}

#[derive(SpanFields)]
struct Step {
    step_uuid: Uuid,
    handler_name: String,
    attempt_number: u32,
}

#[step_span("step.execution", step = s)]
fn execute(t: &Task, s: &Step) -> Uuid {
    if s.attempt_number > 1 { t.task_uuid } else { s.step_uuid }
}

fn main() {}
