use tasker_span_runtime::task_span;

unsafe extern "C" {
    #[task_span("task.orchestration")]
    pub safe fn run();
}

fn uses() {
    run();
}

fn main() {}
