//! Work that runs for long. The durations are short, and no test depends on how short.

mod bounds;
mod list;
mod markers;

use std::thread;
use std::time::{Duration, Instant};

use tasker_span_runtime::testing::{SpanStore, Spans};
use tasker_span_runtime::{Console, DetachedSpan, Telemetry, TelemetryBuilder, step_scope, step_span};
use tasker_span_tests::fixture::{Step, Task};

use crate::DEADLINE;

const SOON: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_hours(1);

fn builder(after: Duration) -> (TelemetryBuilder, SpanStore) {
    let store = SpanStore::new();
    let builder = Telemetry::builder().console(Console::Off).console_only();
    (builder.running_after(after).span_processor(store.clone()), store)
}

fn telemetry(after: Duration) -> (Telemetry, SpanStore) {
    let (builder, store) = builder(after);
    (builder.build().unwrap(), store)
}

/// Waits until there is a value.
fn until<T>(mut find: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "it has not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for so many spans of this name.
fn wait_for(store: &SpanStore, name: &str, count: usize) -> Spans {
    until(|| Some(store.spans().named(name)).filter(|spans| spans.len() >= count))
}

/// An execution that is open until its value ends.
fn hanging(task: &Task, step: &Step) -> DetachedSpan {
    step_scope!("step.execution", task = task, step = step).detach()
}

#[step_span("step.state_transition", from = "enqueued", to = "in_progress")]
fn start_step(task: &Task, step: &Step) {}
