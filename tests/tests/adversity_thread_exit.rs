//! Spans in the destructors of thread-locals, where other thread-locals are gone already. A panic there aborts the process.

use std::cell::RefCell;

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{FutureExt, InScope, ScopedSpan, task_scope, task_span};
use tasker_span_tests::fixture::Task;

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) {}

#[task_span("task.audit", within = "task.orchestration")]
fn audit_with_a_result(task: &Task) -> Result<(), String> {
    Ok(())
}

/// Something that ends with its thread.
#[derive(Default)]
struct Held {
    task: Option<Task>,
    subscriber: Option<tracing::Dispatch>,
    span: Option<ScopedSpan>,
    carried: Option<InScope<std::future::Ready<()>>>,
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
        });
    }
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

#[test]
fn a_thread_that_ends_may_still_run_annotated_functions() {
    let capture = Capture::start();
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
                HELD.with_borrow_mut(|held| {
                    held.span = Some(span);
                    held.carried = Some(std::future::ready(()).in_current_scope());
                });
            });
            if !first {
                hold(&task);
            }
        });
        thread.join().unwrap();
    }
    assert!(capture.spans().len() >= 4, "{}", capture.spans().to_tree_text());
}
