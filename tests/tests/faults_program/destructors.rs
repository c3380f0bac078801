//! Destructors that panic inside a span: the panic is the program's own, and goes on; the span ends with it.

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{FutureExt, task_scope, task_span};
use tasker_span_tests::fixture::Task;

use crate::{kept_and_dropped, panic_of, poll, ready};

/// Panics when it is dropped.
struct Explodes;

impl Drop for Explodes {
    fn drop(&mut self) {
        panic!("a destructor");
    }
}

#[task_span("task.audit", within = "task.orchestration")]
fn with_local(task: &Task) -> Result<(), String> {
    let _local = Explodes;
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "it is what this tests")]
#[task_span("task.audit", within = "task.orchestration")]
fn with_argument(task: &Task, argument: Explodes) -> Result<(), String> {
    let _used = &argument;
    Ok(())
}

#[task_span("task.audit", within = "task.orchestration")]
async fn with_local_async(task: &Task) -> Result<(), String> {
    let _local = Explodes;
    Ok(())
}

#[task_span("task.audit", within = "task.orchestration")]
async fn for_ever(task: &Task) {
    let _local = Explodes;
    std::future::pending::<()>().await;
}

/// The one span is marked as what it is, and no scope is left on the thread.
fn assert_panicked(capture: &Capture) {
    let span = capture.spans().one();
    assert_eq!(span.text("error.type"), Some("panic"));
    assert_eq!(span.attribute("tasker.cancelled"), None);
    assert!(tracing::Span::current().is_none());
    capture.clear();
}

#[test]
fn of_what_a_function_holds() {
    let works: [fn(&Task); 4] = [
        |task| with_local(task).unwrap(),
        |task| with_argument(task, Explodes).unwrap(),
        |task| ready(with_local_async(task)).unwrap(),
        |task| {
            let _span = task_scope!("task.audit", within = "task.orchestration", task = task).enter();
            drop(Explodes);
        },
    ];
    kept_and_dropped(|capture, _| {
        for work in works {
            assert_eq!(panic_of(|| work(&Task::default())), "a destructor");
            assert_panicked(capture);
        }
    });
}

#[test]
fn of_what_a_cancelled_future_holds() {
    kept_and_dropped(|capture, _| {
        let task = Task::default();
        let mut future = Box::pin(for_ever(&task));
        assert!(poll(future.as_mut()).is_pending());
        assert_eq!(panic_of(|| drop(future)), "a destructor");
        assert_panicked(capture);

        let span = task_scope!("task.audit", within = "task.orchestration", task = task);
        let mut carried = Box::pin(span.instrument(async {
            let _local = Explodes;
            std::future::pending::<()>().in_current_scope().await;
        }));
        assert!(poll(carried.as_mut()).is_pending());
        assert_eq!(panic_of(|| drop(carried)), "a destructor");
        assert_panicked(capture);
    });
}

#[test]
fn of_a_returned_value_that_nobody_takes() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn returns(task: &Task) -> Result<Explodes, String> {
        Ok(Explodes)
    }
    kept_and_dropped(|capture, kept| {
        // By then the span has ended.
        assert_eq!(panic_of(|| drop(returns(&Task::default()))), "a destructor");
        assert_eq!(capture.spans().len(), usize::from(kept));
        assert!(capture.spans().iter().all(|span| !span.is_error()));
    });
}

#[test]
fn of_a_panic_itself() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            drop(Explodes);
        }
    }
    fn explode() -> bool {
        std::panic::panic_any(Payload)
    }
    #[task_span("task.audit", within = "task.orchestration", failed = |_| explode())]
    fn judged(task: &Task) -> u8 {
        7
    }
    kept_and_dropped(|_, _| assert_eq!(judged(&Task::default()), 7));
}
