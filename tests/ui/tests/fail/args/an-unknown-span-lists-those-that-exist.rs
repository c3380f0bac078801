use tasker_span_runtime::task_span;

#[task_span("payment")]
fn run() {}

fn main() {}
