use tasker_span_runtime::task_span;

#[task_span("task.orchestration")]
pub mod worker {
    pub fn run() {}
}

fn uses() {
    worker::run();
}

fn main() {}
