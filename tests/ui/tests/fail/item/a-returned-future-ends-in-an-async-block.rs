use tasker_span_runtime::task_span;

use std::future::Future;
use std::pin::Pin;

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
fn opaque() -> impl Future<Output = u32> {
    std::future::ready(7)
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
fn boxed() -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let future = async move { 7 };
    Box::pin(future)
}

fn main() {}
