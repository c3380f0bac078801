//! Panics in the user's own closures, in destructors and in strict mode: what reaches the program is what it would have seen
//! without spans.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tasker_span_runtime::testing::{Capture, Status};
use tasker_span_runtime::{Failure, Outcome, Uuid, span_record, stats, task_scope, task_span};
use tasker_span_tests::fixture::Task;

fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending"),
    }
}

struct Reply(Vec<u8>);

struct Explosive;

impl Outcome for Explosive {
    fn failure(&self) -> Option<Failure> {
        panic!("outcome")
    }
}

#[task_span("task.audit", within = "task.orchestration", failed = |reply| reply.0[0] != 0)]
fn judged(task: &Task) -> Reply {
    Reply(Vec::new())
}

#[task_span("task.audit", within = "task.orchestration", failed = |reply| reply.0[0] != 0)]
async fn judged_async(task: &Task) -> Reply {
    Reply(Vec::new())
}

#[task_span("task.audit", within = "task.orchestration")]
fn explosive(task: &Task) -> Explosive {
    Explosive
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace = |ok| ok[0].clone()))]
fn late(id: Uuid) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

#[test]
fn a_judgement_that_panics_does_not_take_the_result_away() {
    let task = Task::default();
    let before = stats().panics_caught;
    let works: [fn(&Task); 5] = [
        |task| assert!(judged(task).0.is_empty()),
        |task| assert!(ready(judged_async(task)).0.is_empty()),
        |task| assert!(matches!(explosive(task), Explosive)),
        |task| assert_eq!(late(task.task_uuid), Ok(Vec::new())),
        |task| {
            let span = task_scope!("task.audit", within = "task.orchestration", task = task);
            assert!(matches!(span.try_in_scope(|| Explosive), Explosive));
        },
    ];
    for (n, work) in works.into_iter().enumerate() {
        let capture = Capture::start();
        work(&task);
        let span = capture.spans().one();
        assert!(!span.is_error(), "{n}: the work itself did not panic");
        assert!(span.text("tasker.violation").unwrap().contains("panicked"), "{n}");
    }
    assert!(stats().panics_caught >= before + 5);
}

#[test]
fn a_debug_of_ret_that_panics_does_not_reach_the_caller() {
    struct Bomb;
    impl fmt::Debug for Bomb {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("debug")
        }
    }
    #[task_span("task.audit", within = "task.orchestration", ret, fields(bomb = ?Bomb))]
    fn returns(task: &Task) -> Bomb {
        Bomb
    }
    let capture = Capture::start();
    returns(&Task::default());
    assert_eq!(*capture.spans().one().status(), Status::Unset);
}

/// A panic while the thread unwinds aborts the process: the test would not end.
#[test]
fn strict_mode_does_not_panic_in_a_destructor_that_runs_during_a_panic() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn forgets(id: Uuid) {}
    #[task_span("step.discovery")]
    fn misplaced(task: &Task) {}
    struct Guard(Task);
    impl Drop for Guard {
        fn drop(&mut self) {
            forgets(Uuid::now_v7());
            misplaced(&self.0);
        }
    }
    let capture = Capture::strict();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _guard = Guard(Task::default());
        panic!("the first one");
    }));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "the first one");
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    assert!(
        spans
            .iter()
            .all(|span| span.text("tasker.violation").is_some() && !span.is_error())
    );
}

#[test]
fn a_late_state_whose_display_panics_is_never_recorded() {
    struct Bomb;
    impl fmt::Display for Bomb {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("display")
        }
    }
    #[task_span("task.state_transition", from = "pending", late(to_state))]
    fn evaluate(task: &Task) {
        span_record!(to_state = Bomb);
    }
    let capture = Capture::start();
    evaluate(&Task::default());
    assert!(
        capture
            .spans()
            .one()
            .text("tasker.violation")
            .unwrap()
            .contains("late to_state")
    );
}
