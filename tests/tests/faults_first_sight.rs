//! A layer that panics when it is shown a call site for the first time. Alone in its process, whose call sites are shown to every
//! layer of it.

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{stats, task_span};
use tasker_span_tests::fixture::Task;
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::Layer;

struct Startled;

impl<S: Subscriber> Layer<S> for Startled {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        assert!(metadata.name() != "task.audit", "a layer");
        Interest::always()
    }
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) -> u8 {
    7
}

#[test]
fn the_function_is_called_all_the_same() {
    let _capture = Capture::builder().layer(Startled).start();
    for calls in 1..4 {
        assert_eq!(audit(&Task::default()), 7);
        assert!((1..=calls).contains(&stats().panics_caught));
    }
}
