use tasker_span_runtime::task_span;

#[task_span("task.orchestration")]
const fn run() -> u32 {
    7
}

const SEVEN: u32 = run();

fn uses() {
    let _ = SEVEN;
}

fn main() {}
