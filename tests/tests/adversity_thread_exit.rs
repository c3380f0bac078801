//! Spans in the destructors of thread-locals, where other thread-locals are gone already. A panic there aborts the process.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Waker};

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{FutureExt, InScope, Sampling, ScopedSpan, task_scope, task_span};
use tasker_span_tests::fixture::Task;

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

#[task_span("task.audit", within = "task.orchestration")]
fn audit_with_a_result(task: &Task) -> Result<(), String> {
    Ok(())
}

#[task_span("task.audit", within = "task.orchestration")]
async fn audit_for_ever(task: Task) {
    std::future::pending::<()>().await;
}

/// Something that ends with its thread.
#[derive(Default)]
struct Held {
    task: Option<Task>,
    subscriber: Option<tracing::Dispatch>,
    span: Option<ScopedSpan>,
    carried: Option<InScope<std::future::Ready<()>>>,
    cancelled: Option<Pin<Box<dyn Future<Output = ()>>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let (Some(task), Some(subscriber)) = (self.task.take(), self.subscriber.take()) else {
            return;
        };
        tracing::dispatcher::with_default(&subscriber, || {
            drop(self.carried.take());
            audit(&task);
            audit_with_a_result(&task).unwrap();
            drop(self.span.take());
            drop(self.cancelled.take());
        });
    }
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// Runs annotated functions on a thread that ends with some of them still held, before and behind the thread-locals of others.
fn end_threads(capture: &Capture) {
    let task = Task::default();
    for first in [true, false] {
        let dispatch = capture.dispatch().clone();
        let task = task.clone();
        let thread = std::thread::spawn(move || {
            let hold = |task: &Task| {
                HELD.with_borrow_mut(|held| {
                    held.task = Some(task.clone());
                    held.subscriber = Some(dispatch.clone());
                });
            };
            if first {
                hold(&task);
            }
            tracing::dispatcher::with_default(&dispatch, || {
                audit(&task);
                let span = task_scope!("task.audit", within = "task.orchestration", task = task);
                let mut cancelled = Box::pin(audit_for_ever(task.clone()));
                let polled = cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                assert!(polled.is_pending());
                HELD.with_borrow_mut(|held| {
                    held.span = Some(span);
                    held.carried = Some(std::future::ready(()).in_current_scope());
                    held.cancelled = Some(cancelled);
                });
            });
            if !first {
                hold(&task);
            }
        });
        thread.join().unwrap();
    }
}

#[test]
fn a_thread_that_ends_may_still_run_annotated_functions() {
    let capture = Capture::start();
    end_threads(&capture);
    assert!(capture.spans().len() >= 4, "{}", capture.spans().to_tree_text());
}

#[test]
fn dropped_scopes_may_end_with_their_thread() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    end_threads(&capture);
    let spans = capture.spans();
    // The thread's default subscriber may be gone as well, and with it all that could export.
    assert!(!spans.is_empty() && spans.len() <= 2, "{}", spans.to_tree_text());
    assert!(spans.iter().all(|span| span.text("tasker.sampled_by") == Some("error")));
}
