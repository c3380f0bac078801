use tasker_span_runtime::{step_span, task_span};

use std::future::Future;
use std::pin::Pin;

trait Stream {
    type Item;
}

struct Rows;

impl Stream for Rows {
    type Item = u32;
}

type BoxStream<'a, T> = Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

#[task_span("task.orchestration", inherit)]
fn opaque() -> impl Stream<Item = u32> + Send {
    Rows
}

#[step_span("step.execution", inherit)]
fn boxed<'a>() -> Pin<Box<dyn Stream<Item = u32> + Send + 'a>> {
    panic!()
}

#[task_span("task.orchestration", inherit)]
async fn from_an_async_fn() -> BoxStream<'static, u32> {
    panic!()
}

#[task_span("task.orchestration", inherit)]
fn from_a_future() -> Pin<Box<dyn Future<Output = BoxStream<'static, u32>>>> {
    Box::pin(async move { panic!() })
}

#[task_span("task.orchestration", inherit)]
async fn opened() -> Result<BoxStream<'static, u32>, String> {
    panic!()
}

fn main() {}
