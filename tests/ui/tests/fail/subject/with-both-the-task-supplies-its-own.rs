use tasker_span_runtime::{SpanFields, Uuid, step_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

#[derive(SpanFields)]
struct Step {
    step_uuid: Uuid,
    handler_name: String,
    namespace: String,
}

#[step_span("step.execution")]
fn run(step: &Step, task: &Task) {}

fn main() {}
