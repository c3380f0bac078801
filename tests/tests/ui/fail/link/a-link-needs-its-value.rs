use tasker_span_runtime::{Carrier, step_span, task_span};

#[step_span("step.execution", link = , inherit)]
fn execute(message: Carrier) {
    drop(message);
}

#[step_span("step.execution", link, inherit)]
fn execute_again(message: Carrier) {
    drop(message);
}

#[task_span("task.orchestration", link(message), inherit)]
fn orchestrate(message: Carrier) {
    drop(message);
}

fn main() {}
