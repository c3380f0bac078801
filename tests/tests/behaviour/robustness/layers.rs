//! Layers that panic: the function goes on without its span. Unsampled spans are not shown to them at all.

use tasker_span_tests::prelude::*;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::{FAILED, assert_unimpressed, assert_unimpressed_by_panics, drive};

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

#[test]
fn unsampled_spans_are_not_shown_to_a_layer_even_if_they_fail() {
    for hook in HOOKS {
        let capture = Capture::builder()
            .layer(hook)
            .sampling(Sampling::new().task_rate(0.0))
            .start();
        assert_unimpressed();
        assert_eq!(
            capture.spans().len(),
            FAILED,
            "{hook:?}: {}",
            capture.spans().to_tree_text()
        );
    }
}

#[test]
fn sampled_spans_are_lost_and_their_functions_are_not() {
    for hook in HOOKS.into_iter().chain([Hook::Enabled]) {
        println!("{hook:?}");
        let capture = Capture::builder().layer(hook).start();
        assert_unimpressed_by_panics();
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
