use tasker_span_runtime::task_span;

#[task_span("step.execution")]
fn run() {}

fn main() {}
