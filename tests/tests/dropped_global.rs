//! Dropped scopes under a global subscriber, whose layers may run annotated functions themselves, and rates that change under
//! threads which have used them. A process of its own: the subscriber, the rates and the counts are the process's.

use std::cell::RefCell;
use std::sync::Barrier;

use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{Sampling, Telemetry, TraceContext, in_current_scope, stats, step_span};
use tasker_span_tests::fixture::{Step, Task};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution", inherit)]
fn handle(fails: bool) -> Result<(), &'static str> {
    submit(|| ());
    if fails { Err("declined") } else { Ok(()) }
}

#[step_span("result.submission", inherit)]
fn submit(work: impl FnOnce()) {
    work();
}

/// Runs annotated functions, and asks for the ids, whenever something is logged.
struct Reenters(Task);

impl<S: Subscriber> Layer<S> for Reenters {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "reenters" {
            execute(&self.0, &self.0.step(), || {
                drop(TraceContext::current());
                handle(true).unwrap_err();
            });
            submit(|| in_current_scope(|| ())());
        }
    }
}

/// A thread that has used the rates, and does so again once they have changed.
struct Used(Task);

impl Drop for Used {
    fn drop(&mut self) {
        execute(&self.0, &self.0.step(), || handle(true)).unwrap_err();
    }
}

thread_local! {
    static USED: RefCell<Option<Used>> = const { RefCell::new(None) };
}

const THREADS: usize = 4;
const STEPS: usize = 50;

#[test]
fn layers_may_reenter_and_rates_may_change() {
    let store = SpanStore::new();
    let telemetry = Telemetry::builder()
        .console_only()
        .console(tasker_span_runtime::Console::Off)
        .sampling(Sampling::new().step_rate(0.0))
        .span_processor(store.clone())
        .build()
        .unwrap();
    let logged = Task::default();
    let subscriber = tracing_subscriber::registry()
        .with(Reenters(logged.clone()))
        .with(telemetry.layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let task = Task::default();
    execute(&task, &task.step(), || {
        submit(|| tracing::info!(target: "reenters", "a line"));
        submit(|| ());
    });
    let spans = store.spans();
    let execution = spans.named("step.execution").one();
    assert_eq!(execution.uuid("task_uuid"), Some(logged.task_uuid));
    assert_eq!(
        spans.named("handler.execution").one().parent_span_id(),
        Some(execution.span_id())
    );
    assert_eq!(spans.len(), 2);
    store.clear();

    let before = stats();
    let rates = [
        Sampling::new().step_rate(0.0),
        Sampling::new(),
        Sampling::new().step_rate(0.0),
    ];
    let turn = Barrier::new(THREADS + 1);
    std::thread::scope(|threads| {
        let work = || {
            threads.spawn(|| {
                let task = Task::default();
                for round in 0..rates.len() {
                    turn.wait();
                    for n in 0..STEPS {
                        let _ = execute(&task, &task.step(), || handle(n == 0));
                    }
                    if round == 0 {
                        USED.set(Some(Used(task.clone())));
                    }
                    turn.wait();
                    turn.wait();
                }
            })
        };
        let running = [(); THREADS].map(|()| work());
        for rates in &rates {
            telemetry.sampling().set(rates.clone()).unwrap();
            turn.wait();
            turn.wait();
            // An execution, its handler and its submission; of an error alone, the first two.
            let exported = if *rates == Sampling::new() { 3 * STEPS } else { 2 };
            assert_eq!(store.spans().len(), THREADS * exported);
            store.clear();
            turn.wait();
        }
        // Only then its thread-locals are gone.
        for thread in running {
            thread.join().unwrap();
        }
    });
    let after = stats();
    let threads = THREADS as u64;
    let steps = STEPS as u64;
    assert_eq!(after.steps_sampled - before.steps_sampled, threads * steps);
    let in_destructors = after.steps_unsampled - before.steps_unsampled - 2 * threads * steps;
    assert!(in_destructors <= threads, "our own thread-locals may be gone by then");
    assert_eq!(after.spans_failed - before.spans_failed, 3 * threads + in_destructors);
    assert_eq!(
        after.spans_sampled_by_error - before.spans_sampled_by_error,
        2 * (2 * threads + in_destructors)
    );
    assert_eq!(TraceContext::current(), TraceContext::EMPTY);
}
