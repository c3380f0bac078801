//! Layers that panic: the function goes on without its span. What is dropped is not shown to them at all.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Sampling, span_record, stats, task_scope, task_span};
use tasker_span_tests::fixture::Task;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::{panic_of, poll};

/// Where a layer panics.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hook {
    NewSpan,
    Enter,
    Exit,
    Record,
    Close,
    Enabled,
    Event,
}

const HOOKS: [Hook; 5] = [Hook::NewSpan, Hook::Enter, Hook::Exit, Hook::Record, Hook::Close];

impl Hook {
    fn called(self, hook: Self) {
        assert!(self != hook, "a layer");
    }
}

impl<S: Subscriber> Layer<S> for Hook {
    // Asked as soon as it is installed, which is the program's own doing; it wants to be asked about each span.
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.called(Self::Enabled);
        true
    }
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        self.called(Self::Event);
    }
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.called(Self::NewSpan);
    }
    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, S>) {
        self.called(Self::Record);
    }
    fn on_enter(&self, _: &Id, _: Context<'_, S>) {
        self.called(Self::Enter);
    }
    fn on_exit(&self, _: &Id, _: Context<'_, S>) {
        self.called(Self::Exit);
    }
    fn on_close(&self, _: Id, _: Context<'_, S>) {
        self.called(Self::Close);
    }
}

#[task_span("task.orchestration", task_uuid = task.task_uuid, correlation_id = task.correlation_id, late(namespace))]
fn drive(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    span_record!(namespace = "payments");
    audit(task, work)
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    work()
}

#[task_span("task.audit", within = "task.orchestration")]
async fn for_ever(task: &Task) {
    std::future::pending::<()>().await;
}

#[task_span("task.audit", within = "task.orchestration")]
fn returns_nothing(task: &Task) {}

/// Succeeds, fails, panics and is cancelled, as if nobody looked on.
fn assert_unimpressed(task: &Task) {
    assert_eq!(drive(task, || Ok(7)), Ok(7));
    assert_eq!(drive(task, || Err("declined".to_owned())), Err("declined".to_owned()));
    assert_eq!(panic_of(|| drive(task, || panic!("the body"))), "the body");
    returns_nothing(task);
    drop(task_scope!("task.audit", within = "task.orchestration", task = task).enter());
    let mut future = Box::pin(for_ever(task));
    assert!(poll(future.as_mut()).is_pending());
    catch_unwind(AssertUnwindSafe(|| drop(future))).unwrap();
}

#[test]
fn dropped_spans_are_not_shown_to_a_layer_even_if_they_fail() {
    for hook in HOOKS {
        let capture = Capture::builder()
            .layer(hook)
            .sampling(Sampling::new().task_rate(0.0))
            .start();
        assert_unimpressed(&Task::default());
        // The error, the panic and the cancelled one.
        assert_eq!(capture.spans().len(), 5, "{hook:?}: {}", capture.spans().to_tree_text());
    }
}

#[test]
fn kept_spans_are_lost_and_their_functions_are_not() {
    for hook in HOOKS.into_iter().chain([Hook::Enabled]) {
        println!("{hook:?}");
        let before = stats().panics_caught;
        let capture = Capture::builder().layer(hook).start();
        assert_unimpressed(&Task::default());
        assert!(stats().panics_caught > before, "{hook:?}: what is lost is counted");
        drop(capture);
        // Nothing stays behind on the thread.
        let (capture, task) = (Capture::start(), Task::default());
        drop(drive(&task, || Ok(7)));
        assert_eq!(
            capture.spans().to_tree_text(),
            "task.orchestration\n  task.audit order_fulfillment\n"
        );
    }
}

#[test]
fn a_value_that_is_logged_is_judged_although_the_log_panics() {
    #[task_span("task.audit", within = "task.orchestration", ret)]
    fn says(task: &Task) -> u8 {
        7
    }
    let capture = Capture::builder().layer(Hook::Event).start();
    assert_eq!(says(&Task::default()), 7);
    assert_eq!(capture.spans().one().text("tasker.violation"), None);
    capture.set_sampling(&Sampling::new().task_rate(0.0));
    assert_eq!(says(&Task::default()), 7);
    assert_eq!(capture.spans().len(), 1);
}
