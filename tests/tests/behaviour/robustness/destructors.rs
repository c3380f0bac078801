//! Destructors that panic inside a span, or have spans during a panic: the panic is the program's
//! own, and goes on; the span ends with it.

use tasker_span_tests::prelude::*;

use super::{Bomb, panic_of, sampled_and_unsampled};

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

/// The one span is marked as what it is, and no span is active on the thread.
fn assert_panicked(capture: &Capture) {
    let span = capture.spans().one();
    assert_eq!(span.text("error.type"), Some("panic"));
    assert_eq!(span.attribute("tasker.cancelled"), None);
    assert!(tracing::Span::current().is_none());
    capture.clear();
}

#[test]
fn what_a_function_holds_panics() {
    let works: [fn(&Task); 4] = [
        |task| with_local(task).unwrap(),
        |task| with_argument(task, Explodes).unwrap(),
        |task| finish(with_local_async(task)).unwrap(),
        |task| {
            let _span = task_scope!("task.audit", within = "task.orchestration", task = task).enter();
            drop(Explodes);
        },
    ];
    sampled_and_unsampled(|capture, _| {
        for work in works {
            assert_eq!(panic_of(|| work(&Task::default())), "a destructor");
            assert_panicked(capture);
        }
    });
}

#[test]
fn what_a_cancelled_future_holds_panics() {
    sampled_and_unsampled(|capture, _| {
        let task = Task::default();
        assert_eq!(panic_of(|| cancel(for_ever(&task))), "a destructor");
        assert_panicked(capture);

        let span = task_scope!("task.audit", within = "task.orchestration", task = task);
        let carried = span.instrument(async {
            let _local = Explodes;
            std::future::pending::<()>().in_current_scope().await;
        });
        assert_eq!(panic_of(|| cancel(carried)), "a destructor");
        assert_panicked(capture);
    });
}

#[test]
fn an_unused_returned_value_panics_after_the_span() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn returns(task: &Task) -> Result<Explodes, String> {
        Ok(Explodes)
    }
    sampled_and_unsampled(|capture, sampled| {
        assert_eq!(panic_of(|| drop(returns(&Task::default()))), "a destructor");
        assert_eq!(capture.spans().len(), usize::from(sampled));
        assert!(capture.spans().iter().all(|span| !span.is_error()));
    });
}

#[test]
fn the_payload_of_a_panic_panics() {
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
    sampled_and_unsampled(|_, _| assert_eq!(judged(&Task::default()), 7));
}

/// Runs `work` when it is dropped. A panic in there aborts the process, if it is dropped by a
/// panic.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        self.0();
    }
}

#[test]
fn an_error_may_be_returned_in_a_destructor_during_a_panic() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn fails(task: &Task) -> Result<u8, Bomb> {
        Err(Bomb)
    }
    sampled_and_unsampled(|capture, _| {
        let panic = panic_of(|| {
            let _finally = Finally(|| assert!(fails(&Task::default()) == Err(Bomb)));
            panic!("the first one");
        });
        assert_eq!(panic, "the first one");
        assert_eq!(*capture.spans().one().status(), Status::error("card decl"));
    });
}

#[test]
fn strict_mode_does_not_panic_in_a_destructor_during_a_panic() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn forgets(id: Uuid) {}
    #[task_span("task.rollback", within = "task.state_transition")]
    fn misplaced(task: &Task) {}
    let capture = Capture::strict();
    let panic = panic_of(|| {
        let _finally = Finally(|| {
            forgets(Uuid::now_v7());
            misplaced(&Task::default());
        });
        panic!("the first one");
    });
    assert_eq!(panic, "the first one");
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    assert!(
        spans
            .iter()
            .all(|span| span.text("tasker.violation").is_some() && !span.is_error())
    );
}
