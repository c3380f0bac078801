use tasker_span_runtime::task_span;

struct Worker;

#[task_span("task.orchestration")]
impl Worker {
    fn run(&self) {}
}

fn uses(worker: &Worker) {
    worker.run();
}

fn main() {}
