use tasker_span_runtime::task_span;

#[task_span("step.executon")]
fn run() {}

fn main() {}
