//! Spans in the destructors of thread-locals, when other thread-locals are gone already. A panic there aborts the process.

use std::cell::RefCell;
use std::pin::Pin;

use tasker_span_runtime::ScopedSpan;
use tasker_span_tests::prelude::*;

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
    carried: Option<Pin<Box<dyn Future<Output = ()>>>>,
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

/// Runs annotated functions on a thread that ends with some of them still held. Its thread-local is dropped before or after
/// those of others.
fn end_threads(capture: &Capture) {
    for first in [true, false] {
        let dispatch = capture.dispatch().clone();
        let thread = std::thread::spawn(move || {
            let task = Task::default();
            let hold = || {
                HELD.with_borrow_mut(|held| {
                    held.task = Some(task.clone());
                    held.subscriber = Some(dispatch.clone());
                });
            };
            if first {
                hold();
            }
            tracing::dispatcher::with_default(&dispatch, || {
                audit(&task);
                let span = task_scope!("task.audit", within = "task.orchestration", task = task);
                let mut cancelled = Box::pin(audit_for_ever(task.clone()));
                assert!(poll(cancelled.as_mut()).is_pending());
                HELD.with_borrow_mut(|held| {
                    held.span = Some(span);
                    held.carried = Some(Box::pin(std::future::ready(()).in_current_scope()));
                    held.cancelled = Some(cancelled);
                });
            });
            if !first {
                hold();
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
fn unsampled_spans_may_end_with_their_thread() {
    let capture = no_tasks();
    end_threads(&capture);
    let spans = capture.spans();
    // The thread's default subscriber may be gone as well, and with it all that could export.
    assert!(!spans.is_empty() && spans.len() <= 2, "{}", spans.to_tree_text());
    assert!(spans.iter().all(|span| span.text("tasker.sampled_by") == Some("error")));
}
