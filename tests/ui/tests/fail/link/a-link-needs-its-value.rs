use tasker_span_runtime::{TraceContext, step_span, task_span};

#[step_span("step.execution", link = , inherit)]
fn execute(message: TraceContext) {
    drop(message);
}

#[step_span("step.execution", link, inherit)]
fn execute_again(message: TraceContext) {
    drop(message);
}

#[task_span("task.orchestration", link(message), inherit)]
fn orchestrate(message: TraceContext) {
    drop(message);
}

fn main() {}
