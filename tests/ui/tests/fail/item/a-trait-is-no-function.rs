use tasker_span_runtime::task_span;

#[task_span("task.orchestration")]
pub unsafe trait Run {
    fn run(&self) {}
}

fn uses(run: &impl Run) {
    run.run();
}

fn main() {}
