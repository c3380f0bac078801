use tasker_span_runtime::task_span;

use std::future::Future;

#[task_span("task.orchestration", inherit)]
async fn run() -> impl Future<Output = u32> {
    std::future::ready(7)
}

fn main() {}
