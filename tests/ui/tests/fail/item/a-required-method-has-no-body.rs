use tasker_span_runtime::task_span;

trait Run {
    #[task_span("task.orchestration")]
    async fn run(&self);
}

async fn uses(run: &impl Run) {
    run.run().await;
}

fn main() {}
