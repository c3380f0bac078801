use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation, task_uid), late(names_pace))]
fn run() {}

fn main() {}
