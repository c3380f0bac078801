use tasker_span_runtime::{SpanFields, Uuid, step_span};

#[derive(SpanFields)]
struct Step {
    step_uuid: Uuid,
    handler_name: String,
}

#[step_span("step.execution")]
fn run(step: &Step) {}

fn main() {}
