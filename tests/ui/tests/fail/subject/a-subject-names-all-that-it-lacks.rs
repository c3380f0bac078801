use tasker_span_runtime::{SpanFields, Uuid, step_scope, step_span, task_span};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
struct Step {
    attempt_number: u32,
}

#[task_span("task.orchestration")]
fn two(task: &Task) {}

#[step_span("step.execution", namespace = "payments")]
async fn of_each_subject(task: Option<Task>, step: Box<Step>) {}

#[step_span("step.validation", within = "step.execution")]
fn of_a_custom_span(step: &Step) {}

fn of_a_block(message: (Task, Step)) {
    let _ = step_scope!("result.submission", task = message.0, step = message.1);
}

fn main() {}
