//! How a span ends: success, failure in every form, panic, cancellation.

use std::cell::Cell;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use tasker_span_runtime::{Failure, Outcome};
use tasker_span_tests::prelude::*;

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

/// The error's type without this module's path, and its description.
fn error(span: &CapturedSpan) -> (String, &str) {
    let Status::Error { description } = span.status() else {
        panic!("not an error: {span:?}")
    };
    let kind = span.error_type().expect("an error has a type");
    (kind.replace("behaviour::outcome::", ""), description)
}

#[track_caller]
fn assert_error<R>(work: impl FnOnce(&Task) -> R, kind: &str, description: &str) {
    assert_eq!(error(&span_of(work)), (kind.to_owned(), description));
}

macro_rules! fallible {
    ($($name:ident($($parameter:ident: $of:ty)?) -> $return:ty, $value:expr $(, [$($argument:tt)*])?;)*) => {$(
        #[task_span("task.audit", within = "task.orchestration" $(, $($argument)*)?)]
        fn $name(task: &Task $(, $parameter: $of)?) -> $return {
            $value
        }
    )*};
}

fallible! {
    succeeds() -> ActionResult<u8>, Ok(1);
    counts() -> Vec<Neither>, vec![Neither];
    declines() -> ActionResult<u8>, Err(Declined("limit"));
    boxed() -> Result<(), Box<dyn Error>>, Err(Box::new(Declined("limit")));
    any() -> anyhow::Result<()>, Err(anyhow::anyhow!("out of stock"));
    only_debug() -> Result<(), OnlyDebug>, Err(OnlyDebug);
    neither() -> Result<(), Neither>, Err(Neither);
    by_debug() -> Result<(), OnlyDebug>, Err(OnlyDebug), [err(Debug)];
    by_type() -> ActionResult<()>, Err(Declined("secret")), [err(type)];
    opaque() -> impl Sized, Err::<(), _>(Declined("limit"));
    recovers() -> ActionResult<()>, { tracing::error!("another attempt will follow"); Ok(()) };
    early() -> ActionResult<()>, { Err(Declined("early"))?; Ok(()) };
    by_flag(success: bool) -> StepExecutionResult, StepExecutionResult { success, reason: None },
        [failed = |result| !result.success];
    reply(status: u16) -> Reply, Reply(status);
    attempts(status: u16) -> ActionResult<Reply>, Ok(Reply(status));
    refuses() -> Result<(), Reply>, Err(Reply(503));
    verbose() -> Result<(), String>, Err("ü".repeat(10_000));
    panics() -> (), panic!("boom");
    panics_with_a_result() -> ActionResult<()>, panic!("boom");
    release() -> (), ();
}

#[test]
fn success_leaves_the_status_unset() {
    for span in [span_of(succeeds), span_of(counts)] {
        assert_eq!((span.status(), span.error_type()), (&Status::Unset, None));
    }
}

#[test]
fn an_error_behind_any_alias_of_result_is_an_error() {
    assert_error(declines, "Declined", "declined: limit");
    assert_error(boxed, "alloc::boxed::Box<dyn core::error::Error>", "declined: limit");
    assert_error(any, "anyhow::Error", "out of stock");
    assert_error(|task| drop(opaque(task)), "Declined", "declined: limit");
    assert_error(early, "Declined", "declined: early");
}

#[test]
fn an_error_that_cannot_be_displayed_is_known_by_its_type() {
    assert_error(only_debug, "OnlyDebug", "");
    assert_error(neither, "Neither", "");
}

#[test]
fn the_macro_chooses_how_an_error_is_described() {
    assert_error(by_debug, "OnlyDebug", "OnlyDebug");
    assert_error(by_type, "Declined", "");
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
    assert_error(
        |task| generic::<(), _>(task, Err(Declined("limit"))),
        "Declined",
        "declined: limit",
    );
    assert_error(|task| unbounded::<(), _>(task, Err(Neither)), "Neither", "");
}

struct StepExecutionResult {
    success: bool,
    reason: Option<&'static str>,
}

#[test]
fn failed_judges_a_type_that_is_no_result() {
    #[task_span("task.audit", within = "task.orchestration", failed = |result| result.reason)]
    async fn by_reason(task: &Task, reason: Option<&'static str>) -> StepExecutionResult {
        let success = reason.is_none();
        StepExecutionResult { success, reason }
    }
    assert!(!span_of(|task| by_flag(task, true)).is_error());
    assert_error(|task| by_flag(task, false), "StepExecutionResult", "");
    assert_error(
        |task| finish(by_reason(task, Some("no stock"))),
        "StepExecutionResult",
        "no stock",
    );
}

struct Reply(u16);

impl Outcome for Reply {
    fn failure(&self) -> Option<Failure> {
        (self.0 >= 400).then(|| Failure::new(self.0.to_string()).with_description("refused"))
    }
}

#[test]
fn a_type_says_itself_whether_it_failed_alone_inside_ok_and_inside_err() {
    assert!(!span_of(|task| reply(task, 200)).is_error());
    assert_error(|task| reply(task, 503), "503", "refused");
    assert!(!span_of(|task| attempts(task, 200)).is_error());
    assert_error(|task| attempts(task, 503), "503", "refused");
    assert_error(refuses, "503", "refused");
}

#[test]
fn an_error_that_is_only_logged_is_an_event_and_no_failure() {
    let span = span_of(recovers);
    assert_eq!(span.status(), &Status::Unset);
    assert_eq!(span.events()[0].name(), "another attempt will follow");
}

#[test]
fn a_panic_is_an_error_and_goes_on() {
    #[task_span("task.audit", within = "task.orchestration")]
    async fn panics_in_a_future(task: &Task) {
        panic!("boom");
    }
    let works: [fn(&Task); 3] = [
        |task| panics(task),
        |task| panics_with_a_result(task).unwrap(),
        |task| finish(panics_in_a_future(task)),
    ];
    for work in works {
        let unwinds = |task: &Task| catch_unwind(AssertUnwindSafe(|| work(task))).unwrap_err();
        assert_error(unwinds, "panic", "panicked");
    }
}

#[test]
fn a_span_in_a_destructor_during_a_panic_is_no_panic_itself() {
    struct Guard<'a>(&'a Task);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            release(self.0);
        }
    }
    let span = span_of(|task| {
        let unwinds = || {
            let _guard = Guard(task);
            panic!("boom");
        };
        catch_unwind(AssertUnwindSafe(unwinds)).unwrap_err()
    });
    assert!(!span.is_error());
}

#[test]
fn a_future_dropped_before_its_end_is_cancelled() {
    let pending = std::future::pending::<ActionResult<()>>;
    let span = span_of(|task| cancel(execute_async(task, &task.step(), pending())));
    assert_eq!(span.attribute("tasker.cancelled"), Some(&true.into()));
    assert!(!span.is_error());
}

#[test]
fn a_future_that_is_never_polled_leaves_no_span() {
    let capture = Capture::start();
    let task = Task::default();
    drop(execute_async(&task, &task.step(), async {}));
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
    assert_eq!(error(&span).0, "a_display_that_panics_does_not_reach_the_caller::Bomb");
}

#[test]
fn a_long_description_is_cut_at_a_character() {
    assert_error(verbose, "alloc::string::String", &"ü".repeat(512));
}

#[test]
fn a_block_fails_if_its_result_is_read() {
    let block = |task: &Task| task_scope!("task.audit", within = "task.orchestration", task = task);
    let declined = || Err::<(), _>(Declined("limit"));
    assert_error(|task| block(task).try_in_scope(declined), "Declined", "declined: limit");
    let future = |task: &Task| finish(block(task).try_instrument(async { declined() }));
    assert_error(future, "Declined", "declined: limit");
    assert!(!span_of(|task| drop(block(task).enter())).is_error());
}

#[test]
fn a_block_may_return_any_value_and_succeeds() {
    let block = |task: &Task| task_scope!("task.audit", within = "task.orchestration", task = task);
    assert!(!span_of(|task| assert!(block(task).in_scope(HashMap::<u8, u8>::new).is_empty())).is_error());
    assert!(!span_of(|task| block(task).in_scope(|| Err::<(), _>(OnlyDebug)).unwrap_err()).is_error());
    let cell = span_of(|task| {
        let cell = finish(block(task).instrument(async { Cell::new([7; 3]) }));
        assert_eq!(cell.get(), [7; 3]);
    });
    assert!(!cell.is_error());
}
