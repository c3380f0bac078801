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
}

#[step_span("handler.execution", step = message.1, task = message.0)]
fn run(message: (Task, Step)) {}

fn main() {}
