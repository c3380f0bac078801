//! Layers that run annotated functions themselves, which only a global subscriber lets them, and a
//! layer that panics when it is shown a call site, which every layer of the process is.

use std::cell::RefCell;
use std::sync::Barrier;

use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::{Console, Telemetry, otel};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::span::{Attributes, Id};
use tracing::subscriber::{Interest, set_global_default};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

#[test]
fn a_function_is_called_although_a_layer_panics_at_its_call_site() {
    struct Startled;
    impl<S: Subscriber> Layer<S> for Startled {
        fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
            assert!(metadata.name() != "task.audit", "a layer");
            Interest::always()
        }
    }
    process::alone(|| {
        let _capture = Capture::builder().layer(Startled).start();
        for calls in 1..4 {
            assert_eq!(audit(&Task::default()), 7);
            assert!((1..=calls).contains(&stats().panics_caught));
        }
    });
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) -> u8 {
    7
}

#[test]
fn a_layer_that_opens_spans_does_not_take_the_active_span_away() {
    /// Opens spans for each transition, before any other layer has seen the transition itself.
    struct Opens(Task);
    impl<S: Subscriber> Layer<S> for Opens {
        fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            if attributes.metadata().name() == "task.state_transition" {
                drop(tracing::info_span!("opened by a layer"));
                audit(&self.0);
            }
        }
    }
    #[task_span(
        "task.state_transition",
        task_uuid = id,
        from = "initializing",
        to = "enqueuing_steps",
        late(correlation_id, namespace)
    )]
    fn load(id: Uuid, task: &Task) {
        // Plain records reach the span through the layer that keeps our part of it.
        tracing::Span::current().record("correlation_id", tracing::field::display(task.correlation_id));
        tracing::Span::current().record("namespace", &task.namespace_name);
        discover(id);
    }
    #[task_span("step.discovery", task_uuid = id, inherit(correlation_id, namespace))]
    fn discover(id: Uuid) {}

    process::alone(|| {
        let store = SpanStore::new();
        let provider = otel::provider(SdkTracerProvider::builder().with_span_processor(store.clone()));
        let [task, other] = [(); 2].map(|()| Task::default());
        let layers = tracing_subscriber::registry().with(Opens(other.clone()));
        set_global_default(layers.with(otel::layer(&provider))).unwrap();
        load(task.task_uuid, &task);
        let spans = store.spans();
        assert_eq!(spans.of_task(other.task_uuid).names(), ["task.audit"]);
        assert_eq!(spans.of_task(task.task_uuid).len(), 2, "{}", spans.to_tree_text());
        let discovery = spans.named("step.discovery").one();
        assert_eq!(discovery.uuid("correlation_id"), Some(task.correlation_id));
        spans.assert_valid();
    });
}

fn handle(fails: bool) -> Result<(), &'static str> {
    try_handle(|| {
        submit(|| ());
        if fails { Err("declined") } else { Ok(()) }
    })
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

/// Whatever is sampled is decided by these rates, until others are set.
fn install(layer: Reenters) -> (Telemetry, SpanStore) {
    let store = SpanStore::new();
    let builder = Telemetry::builder()
        .console_only()
        .console(Console::Off)
        .span_processor(store.clone());
    let telemetry = builder.sampling(Sampling::new().step_rate(0.0)).build().unwrap();
    set_global_default(tracing_subscriber::registry().with(layer).with(telemetry.layer())).unwrap();
    (telemetry, store)
}

#[test]
fn a_layer_may_run_annotated_functions_inside_unsampled_spans() {
    process::alone(|| {
        let [task, logged] = [(); 2].map(|()| Task::default());
        let (_telemetry, store) = install(Reenters(logged.clone()));
        execute(&task, &task.step(), || {
            submit(|| tracing::info!(target: "reenters", "a line"));
            submit(|| ());
        });
        let spans = store.spans();
        let execution = spans.named("step.execution").one();
        assert_eq!(execution.uuid("task_uuid"), Some(logged.task_uuid));
        let handler = spans.named("handler.execution").one();
        assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
        assert_eq!(spans.len(), 2);
    });
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

#[test]
fn rates_may_change_under_threads_that_have_used_them() {
    const THREADS: usize = 4;
    const STEPS: usize = 50;
    process::alone(|| {
        let (telemetry, store) = install(Reenters(Task::default()));
        let rates = [0.0, 1.0, 0.0];
        let turn = Barrier::new(THREADS + 1);
        let work = || {
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
        };
        std::thread::scope(|threads| {
            let running = [(); THREADS].map(|()| threads.spawn(work));
            for rate in rates {
                telemetry.sampling().set(Sampling::new().step_rate(rate)).unwrap();
                turn.wait();
                turn.wait();
                // An execution, its handler and its submission; of an error alone, the first two.
                let exported = if rate > 0.0 { 3 * STEPS } else { 2 };
                assert_eq!(store.spans().len(), THREADS * exported);
                store.clear();
                turn.wait();
            }
            // Only then its thread-locals are gone.
            for thread in running {
                thread.join().unwrap();
            }
        });
        let stats = stats();
        let (threads, steps) = (THREADS as u64, STEPS as u64);
        assert_eq!(stats.steps_sampled, threads * steps);
        let in_destructors = stats.steps_unsampled - 2 * threads * steps;
        assert!(in_destructors <= threads, "our own thread-locals may be gone by then");
        assert_eq!(stats.spans_failed, 3 * threads + in_destructors);
        assert_eq!(stats.spans_sampled_by_error, 2 * (2 * threads + in_destructors));
        assert_eq!(TraceContext::current(), TraceContext::EMPTY);
    });
}
