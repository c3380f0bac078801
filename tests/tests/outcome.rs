//! How a span ends: success, failure in every form, panic, cancellation.

use std::cell::Cell;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tasker_span_runtime::testing::{Capture, CapturedSpan, Status};
use tasker_span_runtime::{Failure, Outcome, task_scope, task_span};
use tasker_span_tests::fixture::Task;

type ActionResult<T> = Result<T, Declined>;

#[derive(Debug)]
struct Declined(&'static str);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "declined: {}", self.0)
    }
}

impl Error for Declined {}

#[derive(Debug)]
struct OnlyDebug;

struct Neither;

/// Runs `work` under a capture of its own and returns its one span.
fn span_of<R>(work: impl FnOnce(&Task) -> R) -> CapturedSpan {
    let capture = Capture::start();
    work(&Task::default());
    capture.spans().one()
}

fn error(span: &CapturedSpan) -> (&str, &str) {
    let Status::Error { description } = span.status() else {
        panic!("not an error: {span:?}")
    };
    (span.error_type().expect("an error has a type"), description)
}

macro_rules! fallible {
    ($name:ident -> $return:ty, $value:expr $(, $argument:tt $($list:tt)*)?) => {
        #[task_span("task.audit", within = "task.orchestration" $(, $argument $($list)*)?)]
        fn $name(task: &Task) -> $return {
            $value
        }
    };
}

fallible!(succeeds -> ActionResult<u8>, Ok(1));
fallible!(declines -> ActionResult<u8>, Err(Declined("limit")));
fallible!(boxed -> Result<(), Box<dyn Error>>, Err(Box::new(Declined("limit"))));
fallible!(any -> anyhow::Result<()>, Err(anyhow::anyhow!("out of stock")));
fallible!(only_debug -> Result<(), OnlyDebug>, Err(OnlyDebug));
fallible!(neither -> Result<(), Neither>, Err(Neither));
fallible!(by_debug -> Result<(), OnlyDebug>, Err(OnlyDebug), err(Debug));
fallible!(by_type -> ActionResult<()>, Err(Declined("secret")), err(type));
fallible!(opaque -> impl Sized, Err::<(), _>(Declined("limit")));

#[test]
fn success_leaves_the_status_unset() {
    let span = span_of(succeeds);
    assert_eq!(*span.status(), Status::Unset);
    assert_eq!(span.error_type(), None);
}

#[test]
fn an_error_behind_any_alias_of_result_is_an_error() {
    assert_eq!(error(&span_of(declines)), ("outcome::Declined", "declined: limit"));
    assert_eq!(
        error(&span_of(boxed)),
        ("alloc::boxed::Box<dyn core::error::Error>", "declined: limit")
    );
    assert_eq!(error(&span_of(any)), ("anyhow::Error", "out of stock"));
}

#[test]
fn an_error_that_cannot_be_displayed_is_known_by_its_type() {
    assert_eq!(error(&span_of(only_debug)), ("outcome::OnlyDebug", ""));
    assert_eq!(error(&span_of(neither)), ("outcome::Neither", ""));
}

#[test]
fn the_macro_chooses_how_an_error_is_described() {
    assert_eq!(error(&span_of(by_debug)), ("outcome::OnlyDebug", "OnlyDebug"));
    assert_eq!(error(&span_of(by_type)), ("outcome::Declined", ""));
}

#[test]
fn an_error_behind_impl_trait_is_an_error() {
    assert_eq!(
        error(&span_of(|task| drop(opaque(task)))),
        ("outcome::Declined", "declined: limit")
    );
}

#[test]
fn the_question_mark_is_seen() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn early(task: &Task) -> ActionResult<()> {
        Err(Declined("early"))?;
        Ok(())
    }
    assert_eq!(error(&span_of(early)), ("outcome::Declined", "declined: early"));
}

#[test]
fn a_generic_function_sees_what_its_bounds_say() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn generic<T, E: fmt::Display>(task: &Task, result: Result<T, E>) -> Result<T, E> {
        result
    }
    #[task_span("task.audit", within = "task.orchestration")]
    fn unbounded<T, E>(task: &Task, result: Result<T, E>) -> Result<T, E> {
        result
    }
    let span = span_of(|task| generic::<(), _>(task, Err(Declined("limit"))));
    assert_eq!(error(&span), ("outcome::Declined", "declined: limit"));
    let span = span_of(|task| unbounded::<(), _>(task, Err(Neither)));
    assert_eq!(error(&span), ("outcome::Neither", ""));
}

struct StepExecutionResult {
    success: bool,
    reason: Option<&'static str>,
}

#[test]
fn failed_judges_a_type_that_is_no_result() {
    #[task_span("task.audit", within = "task.orchestration", failed = |result| !result.success)]
    fn by_flag(task: &Task, success: bool) -> StepExecutionResult {
        StepExecutionResult { success, reason: None }
    }
    #[task_span("task.audit", within = "task.orchestration", failed = |result| result.reason)]
    async fn by_reason(task: &Task, reason: Option<&'static str>) -> StepExecutionResult {
        StepExecutionResult {
            success: reason.is_none(),
            reason,
        }
    }
    assert!(!span_of(|task| by_flag(task, true)).is_error());
    assert_eq!(
        error(&span_of(|task| by_flag(task, false))),
        ("outcome::StepExecutionResult", "")
    );
    let span = span_of(|task| poll_to_end(by_reason(task, Some("no stock"))));
    assert_eq!(error(&span), ("outcome::StepExecutionResult", "no stock"));
}

#[test]
fn a_type_may_say_itself_whether_it_failed() {
    struct Reply(u16);
    impl Outcome for Reply {
        fn failure(&self) -> Option<Failure> {
            (self.0 >= 400).then(|| Failure::new(self.0.to_string()).with_description("refused"))
        }
    }
    #[task_span("task.audit", within = "task.orchestration")]
    fn call(task: &Task, status: u16) -> Reply {
        Reply(status)
    }
    assert!(!span_of(|task| call(task, 200)).is_error());
    assert_eq!(error(&span_of(|task| call(task, 503))), ("503", "refused"));
}

#[test]
fn a_value_inside_ok_may_be_a_failure() {
    struct Attempt(Option<&'static str>);
    impl Outcome for Attempt {
        fn failure(&self) -> Option<Failure> {
            self.0.map(Failure::new)
        }
    }
    #[task_span("task.audit", within = "task.orchestration")]
    async fn attempt(task: &Task, code: Option<&'static str>) -> ActionResult<Attempt> {
        Ok(Attempt(code))
    }
    assert!(!span_of(|task| poll_to_end(attempt(task, None)).unwrap().0).is_error());
    let span = span_of(|task| poll_to_end(attempt(task, Some("gateway_timeout"))).unwrap().0);
    assert_eq!(error(&span), ("gateway_timeout", ""));
}

#[test]
fn an_error_may_name_its_own_type() {
    #[derive(Debug)]
    struct Refused(u16);
    impl fmt::Display for Refused {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "refused with {}", self.0)
        }
    }
    impl Outcome for Refused {
        fn failure(&self) -> Option<Failure> {
            Some(Failure::new(self.0.to_string()).with_description(self))
        }
    }
    #[task_span("task.audit", within = "task.orchestration")]
    fn call(task: &Task) -> Result<(), Refused> {
        Err(Refused(503))
    }
    assert_eq!(
        error(&span_of(|task| call(task).unwrap_err().0)),
        ("503", "refused with 503")
    );
}

#[test]
fn an_error_that_is_only_logged_is_an_event_and_no_failure() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn recovers(task: &Task) -> ActionResult<()> {
        tracing::error!(attempt = 1, "an attempt failed, another will follow");
        Ok(())
    }
    let span = span_of(recovers);
    assert_eq!(*span.status(), Status::Unset);
    assert_eq!(span.events()[0].name(), "an attempt failed, another will follow");
}

#[test]
fn a_value_that_cannot_fail_is_a_success() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn count(task: &Task) -> Vec<Neither> {
        vec![Neither]
    }
    assert_eq!(*span_of(|task| count(task).len()).status(), Status::Unset);
}

#[test]
fn a_panic_is_an_error_and_goes_on() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn panics(task: &Task) {
        panic!("boom");
    }
    #[task_span("task.audit", within = "task.orchestration")]
    fn panics_with_a_result(task: &Task) -> ActionResult<()> {
        panic!("boom");
    }
    #[task_span("task.audit", within = "task.orchestration")]
    async fn panics_in_a_future(task: &Task) {
        panic!("boom");
    }
    for work in [
        (|task: &Task| panics(task)) as fn(&Task),
        |task| panics_with_a_result(task).unwrap(),
        |task| poll_to_end(panics_in_a_future(task)),
    ] {
        let span = span_of(|task| catch_unwind(AssertUnwindSafe(|| work(task))).unwrap_err());
        assert_eq!(error(&span), ("panic", "panicked"));
    }
}

#[test]
fn a_span_in_a_destructor_during_a_panic_is_no_panic_itself() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn release(task: &Task) {}
    struct Guard<'a>(&'a Task);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            release(self.0);
        }
    }
    let span = span_of(|task| {
        catch_unwind(AssertUnwindSafe(|| {
            let _guard = Guard(task);
            panic!("boom");
        }))
        .unwrap_err()
    });
    assert!(!span.is_error());
}

#[test]
fn a_future_dropped_before_its_end_is_cancelled() {
    #[task_span("task.audit", within = "task.orchestration")]
    async fn waits(task: &Task) -> ActionResult<()> {
        std::future::pending::<()>().await;
        Ok(())
    }
    let span = span_of(|task| {
        let mut future = Box::pin(waits(task));
        assert!(
            future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    });
    assert_eq!(span.attribute("tasker.cancelled"), Some(&true.into()));
    assert!(!span.is_error());
}

#[test]
fn a_future_that_is_never_polled_leaves_no_span() {
    #[task_span("task.audit", within = "task.orchestration")]
    async fn waits(task: &Task) {}
    let capture = Capture::start();
    drop(waits(&Task::default()));
    assert!(capture.spans().is_empty());
}

#[test]
fn a_display_that_panics_does_not_reach_the_caller() {
    #[derive(Debug)]
    struct Bomb;
    impl fmt::Display for Bomb {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("display");
        }
    }
    #[task_span("task.state_transition", from = Bomb, to = "complete")]
    fn explode(task: &Task) -> Result<(), Bomb> {
        Err(Bomb)
    }
    let span = span_of(|task| explode(task).unwrap_err());
    assert_eq!(
        error(&span).0,
        "outcome::a_display_that_panics_does_not_reach_the_caller::Bomb"
    );
}

#[test]
fn a_long_description_is_cut_at_a_character() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn verbose(task: &Task) -> Result<(), String> {
        Err("ü".repeat(10_000))
    }
    let span = span_of(|task| verbose(task).unwrap_err());
    let (_, description) = error(&span);
    assert_eq!(description, "ü".repeat(512));
}

#[test]
fn a_block_of_a_result_fails_with_it() {
    let span = span_of(|task| {
        task_scope!("task.audit", within = "task.orchestration", task = task)
            .try_in_scope(|| Err::<(), _>(Declined("limit")))
            .unwrap_err()
    });
    assert_eq!(error(&span), ("outcome::Declined", "declined: limit"));
    let span = span_of(|task| {
        let span = task_scope!("task.audit", within = "task.orchestration", task = task);
        poll_to_end(span.try_instrument(async { Err::<(), _>(Declined("limit")) })).unwrap_err()
    });
    assert_eq!(error(&span), ("outcome::Declined", "declined: limit"));
    let span = span_of(|task| {
        let _entered = task_scope!("task.audit", within = "task.orchestration", task = task).enter();
    });
    assert!(!span.is_error());
}

#[test]
fn a_block_of_any_other_value_succeeds() {
    let scope = |task| task_scope!("task.audit", within = "task.orchestration", task = task);
    let span = span_of(|task| assert!(scope(task).in_scope(HashMap::<u8, u8>::new).is_empty()));
    assert!(!span.is_error());
    let span = span_of(|task| assert!(scope(task).in_scope(|| "text".parse::<u8>()).is_err()));
    assert!(!span.is_error());
    let span = span_of(|task| {
        let numbers = poll_to_end(scope(task).instrument(async { Cell::new([7; 3]) }));
        assert_eq!(numbers.get(), [7; 3]);
    });
    assert!(!span.is_error());
}

/// Polls a future that is ready at once.
fn poll_to_end<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("pending"),
    }
}
