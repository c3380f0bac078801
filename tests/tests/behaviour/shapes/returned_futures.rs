//! Functions that return a future: the span is the future's.
#![allow(
    clippy::needless_pass_by_value,
    reason = "a future holds its arguments, or some of their fields"
)]

use std::error::Error;
use std::pin::Pin;

use tasker_span_tests::prelude::*;
use tokio::task::yield_now;

use super::span_of_future;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Reply = Pin<Box<dyn Future<Output = Result<i32, Box<dyn Error>>>>>;

trait Boxed: Future + Sized {
    fn boxed<'a>(self) -> BoxFuture<'a, Self::Output>
    where
        Self: Send + 'a,
    {
        Box::pin(self)
    }
}

impl<F: Future> Boxed for F {}

/// An alias that brings a `Result` of its own, as some crates have it.
mod fallible {
    pub(super) type BoxFuture<T, E> = super::BoxFuture<'static, Result<T, E>>;
}

/// The future holds nothing of the task, and a statement hides it: the span has read it before.
#[task_span("task.orchestration")]
fn hidden(task: &Task, other: Task) -> BoxFuture<'static, i32> {
    let task = other.priority;
    Box::pin(async move { task })
}

#[task_span("task.orchestration")]
fn given_away(task: Task) -> impl Future<Output = i32> + Send {
    drop(task);
    async { 3 }
}

#[task_span("task.orchestration")]
fn with_a_result_of_its_own(task: Task) -> fallible::BoxFuture<i32, String> {
    Box::pin(async move { Err(format!("priority {}", task.priority)) })
}

#[task_span("task.orchestration")]
fn opaque(task: &Task) -> impl Future<Output = i32> + '_ {
    let more = 4;
    async move {
        yield_now().await;
        task.priority + more
    }
}

#[allow(clippy::type_complexity, reason = "an alias would hide the type from the macro")]
#[task_span("task.orchestration")]
fn pinned(task: Task, text: &str) -> Pin<Box<dyn Future<Output = Result<i32, Box<dyn Error>>> + Send + '_>> {
    let text = text.trim();
    ::std::boxed::Box::pin(async move {
        yield_now().await;
        if text.is_empty() {
            return Err("nothing".into());
        }
        Ok(text.parse::<i32>()? + task.priority)
    })
}

#[task_span("task.orchestration")]
fn by_method(task: Task) -> BoxFuture<'static, ()> {
    async move {
        yield_now().await;
        drop(task);
    }
    .boxed()
}

#[task_span("task.orchestration")]
fn by_alias(task: Task) -> Reply {
    Box::pin(async move {
        "4".parse::<u8>()?;
        Ok(task.priority)
    })
}

#[allow(clippy::manual_async_fn, reason = "it is what this tests")]
#[task_span("task.orchestration")]
fn in_one_line<'a>(task: &'a Task, log: &'a mut Vec<i32>) -> impl Future<Output = ()> + 'a {
    async move { log.push(task.priority) }
}

#[task_span(
    "task.orchestration",
    late(namespace = |name| name),
    task_uuid = task.task_uuid,
    correlation_id = task.correlation_id
)]
fn late(task: Task) -> BoxFuture<'static, Result<String, String>> {
    Box::pin(async move { Ok(task.namespace_name) })
}

#[test]
fn every_form() {
    assert_eq!(span_of_future(|task| async move { opaque(&task).await }).0, 7);
    assert_eq!(span_of_future(|task| pinned(task, " 4 ")).0.unwrap(), 7);
    assert!(span_of_future(|task| pinned(task, "")).1.is_error());
    span_of_future(by_method);
    assert_eq!(span_of_future(by_alias).0.unwrap(), 3);
    let log = |task| async move {
        let mut log = Vec::new();
        in_one_line(&task, &mut log).await;
        log
    };
    assert_eq!(span_of_future(log).0, [3]);
    let (result, span) = span_of_future(with_a_result_of_its_own);
    assert!(result.is_err() && span.is_error());
    assert_eq!(span_of_future(late).1.text("namespace"), Some("payments"));
}

#[test]
fn the_span_begins_with_the_first_poll() {
    let capture = Capture::start();
    drop(by_method(Task::default()));
    assert!(capture.spans().is_empty());
}

#[test]
fn the_arguments_are_read_when_the_function_is_called() {
    let other = Task {
        priority: 7,
        ..Task::default()
    };
    assert_eq!(span_of_future(|task| hidden(&task, other)).0, 7);
    assert_eq!(span_of_future(given_away).0, 3);
}
