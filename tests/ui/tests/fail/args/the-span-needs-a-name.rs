use tasker_span_runtime::task_span;

#[task_span]
fn run() {}

fn main() {}
