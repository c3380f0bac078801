//! Asynchronous functions.

use std::error::Error;
use std::fmt::Display;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use tasker_span_tests::prelude::*;
use tokio::task::yield_now;

use super::{span_of, span_of_future};

#[task_span("task.orchestration")]
async fn nothing(task: &Task) {
    if task.priority > 100 {
        return;
    }
    yield_now().await
}

#[task_span("task.orchestration")]
async fn one_line(task: &Task) -> i32 {
    task.priority
}

#[task_span("task.orchestration")]
async fn coerced(task: &Task, early: bool) -> Result<Box<dyn Display + Send>, Box<dyn Error>> {
    if early {
        return Ok(Box::new("early"));
    }
    yield_now().await;
    if task.priority > 100 {
        Err("too urgent")?;
    }
    Ok(Box::new(task.priority))
}

#[task_span("task.orchestration")]
async fn coerced_alone(task: &Task, early: bool) -> Box<dyn Display + Send> {
    yield_now().await;
    if early {
        Box::new("early")
    } else {
        Box::new(task.priority)
    }
}

#[task_span("task.orchestration")]
async fn borrowed<'a>(task: &Task, texts: &'a mut Vec<String>) -> &'a mut String {
    yield_now().await;
    texts.push(task.namespace_name.clone());
    texts.last_mut().expect("a text")
}

#[task_span("task.orchestration")]
async fn opaque(task: &Task, text: impl Into<String>) -> Result<impl Display, Box<dyn Error>> {
    let number = text.into().parse::<i32>()?;
    yield_now().await;
    Ok(number + task.priority)
}

#[task_span("task.orchestration")]
async fn generic<T: Clone, const N: usize>(task: &Task, values: [T; N]) -> Vec<T> {
    yield_now().await;
    assert!(task.priority > 0);
    values.to_vec()
}

#[task_span("task.orchestration", task = subject)]
async fn patterns((subject, mut count): (Task, u32), [a, _]: [u32; 2]) -> u32 {
    count += a;
    yield_now().await;
    drop(subject);
    count
}

#[test]
fn values_and_patterns() {
    span_of_future(|task| async move { nothing(&task).await });
    assert_eq!(span_of_future(|task| async move { one_line(&task).await }).0, 3);
    let text = |early| span_of_future(move |task| async move { coerced(&task, early).await.unwrap().to_string() }).0;
    assert_eq!([text(true), text(false)], ["early", "3"]);
    let text = |early| span_of_future(move |task| async move { coerced_alone(&task, early).await.to_string() }).0;
    assert_eq!([text(true), text(false)], ["early", "3"]);
    let (text, _) = span_of_future(|task| async move { borrowed(&task, &mut Vec::new()).await.clone() });
    assert_eq!(text, "payments");
    let opaque_text = |task| async move { opaque(&task, "4").await.unwrap().to_string() };
    assert_eq!(span_of_future(opaque_text).0, "7");
    assert_eq!(
        span_of_future(|task| async move { generic(&task, [1, 2]).await }).0,
        [1, 2]
    );
    assert_eq!(span_of_future(|task| patterns((task, 3), [4, 9])).0, 7);
}

#[task_span("task.orchestration")]
async fn never(task: &Task) -> ! {
    yield_now().await;
    panic!("{}", task.namespace_name)
}

#[task_span("task.orchestration")]
async fn forever(task: Task) -> ! {
    loop {
        yield_now().await;
        assert!(task.priority > 0);
    }
}

#[test]
fn futures_that_never_are_ready() {
    let (unwound, span) = span_of_future(|task| async move {
        let mut future = Box::pin(async move { never(&task).await });
        std::future::poll_fn(|context| {
            match std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(never)) => never,
                Err(_) => Poll::Ready(true),
            }
        })
        .await
    });
    assert!(unwound && span.is_error());
    span_of(|task| cancel(forever(task)));
}

#[task_span("task.audit", within = "task.orchestration")]
async fn recursive(task: &Task, depth: u32) -> u32 {
    if depth == 0 {
        0
    } else {
        1 + Box::pin(recursive(task, depth - 1)).await
    }
}

#[test]
fn recursion_nests() {
    let capture = Capture::start();
    assert_eq!(finish(recursive(&Task::default(), 3)), 3);
    assert_eq!(capture.spans().len(), 4);
}

#[task_span("task.orchestration")]
async fn moves(task: Task, sent: Arc<Mutex<Vec<Task>>>) {
    yield_now().await;
    sent.lock().expect("no panic").push(task);
}

#[task_span("task.orchestration", task = state.lock().expect("no panic"))]
async fn locks(state: Arc<Mutex<Task>>) -> bool {
    yield_now().await;
    state.try_lock().is_ok()
}

#[test]
fn futures_stay_send_and_static() {
    fn spawnable<F: Future + Send + 'static>(future: F) -> Pin<Box<F>> {
        Box::pin(future)
    }
    let sent = Arc::new(Mutex::new(Vec::new()));
    span_of_future(|task| spawnable(moves(task, Arc::clone(&sent))));
    assert_eq!(sent.lock().expect("no panic").len(), 1);
    assert!(span_of_future(|task| spawnable(locks(Arc::new(Mutex::new(task))))).0);
}
