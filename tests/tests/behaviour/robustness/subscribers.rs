//! Unusual subscribers: filters on single layers, layers that panic or cannot be found, several
//! subscribers in one process.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracer, Span, SpanData, SpanProcessor};
use tasker_span_runtime::otel::{self, IdGenerator, SpanLayer};
use tasker_span_runtime::{SpanSubscriber, Telemetry};
use tasker_span_tests::prelude::*;
use tasker_span_tests::{composed, process};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::subscriber::{NoSubscriber, with_default};
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Registry};
use tracing_subscriber::reload;

/// A task from its start to its end.
fn life(task: &Task) {
    initialize(task, || discover(task));
    execute(task, &task.step(), || handle(|| ()));
    complete(task);
}

fn tracer(store: &SpanStore) -> SdkTracer {
    let builder = composed::builder().with_id_generator(IdGenerator::default());
    builder.with_span_processor(store.clone()).build().tracer("test")
}

/// The layers of a program of its own, and what it exports.
fn layers<S>() -> (SpanLayer, OpenTelemetryLayer<S, SdkTracer>, SpanStore)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let store = SpanStore::new();
    let tracer = tracer(&store);
    let otel = tracing_opentelemetry::layer()
        .with_tracer(tracer.clone())
        .with_location(false);
    (SpanLayer::new(tracer), otel, store)
}

#[test]
fn a_task_runs_under_any_composition_of_layers() {
    /// What is exported: the whole task, its root, or whatever comes. If a layer is not found, as
    /// inside a reload layer, there is no root.
    #[derive(Clone, Copy, PartialEq)]
    enum Exports {
        Everything,
        Root,
        NoRoot,
    }
    use Exports::{Everything, NoRoot, Root};

    fn assert_exports<S: Subscriber + Send + Sync + 'static>(exports: Exports, subscriber: S, store: &SpanStore) {
        let task = Task::default();
        with_default(subscriber, || life(&task));
        let roots = store.spans().named("task.orchestration").of_task(task.task_uuid).len();
        assert_eq!(roots, usize::from(exports != NoRoot));
        if exports == Everything {
            store.spans().assert_complete();
        }
    }
    let registry = Registry::default;
    let nothing = filter_fn(|_| false);

    assert_exports(NoRoot, registry(), &SpanStore::new());
    assert_exports(NoRoot, NoSubscriber::new(), &SpanStore::new());
    let (ours, _, store) = layers::<Registry>();
    assert_exports(NoRoot, registry().with(ours), &store);
    let (_, otel, store) = layers();
    assert_exports(NoRoot, registry().with(otel), &store);
    let (_, otel, store) = layers();
    assert_exports(NoRoot, registry().with(otel).with(LevelFilter::OFF), &store);
    let (ours, otel, store) = layers();
    assert_exports(Everything, registry().with(otel).with(ours), &store);
    let (ours, otel, store) = layers();
    assert_exports(Everything, registry().with(ours).with(otel), &store);
    let (ours, otel, store) = layers();
    assert_exports(
        Everything,
        registry().with(ours).with(otel.with_context_activation(false)),
        &store,
    );
    let (ours, otel, store) = layers();
    assert_exports(
        Root,
        registry().with(ours.with_filter(nothing.clone())).with(otel),
        &store,
    );
    let (ours, otel, store) = layers();
    assert_exports(NoRoot, registry().with(ours).with(otel.with_filter(nothing)), &store);
    let (ours, otel, store) = layers();
    let (ours, _handle) = reload::Layer::new(ours);
    let (otel, _otel_handle) = reload::Layer::new(otel.boxed());
    assert_exports(NoRoot, registry().with(ours).with(otel), &store);
}

#[test]
fn a_layer_that_adds_locations_itself_doubles_no_attribute() {
    let store = SpanStore::new();
    let provider = otel::provider(composed::builder().with_span_processor(store.clone()));
    let tracer = provider.tracer("test");
    let otel = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    with_default(Registry::default().with(SpanLayer::new(tracer)).with(otel), || {
        life(&Task::default());
    });
    let spans = store.spans();
    assert_eq!(spans.len(), 6);
    for span in &spans {
        let mut keys = span.attributes().iter().map(|(key, _)| key).collect::<Vec<_>>();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all, "{span:?}");
    }
    let function = "tasker_span_tests::calls::discover";
    assert_eq!(
        spans.named("step.discovery").one().text("code.function.name"),
        Some(function)
    );
}

#[test]
fn without_context_activation_the_tracing_span_is_the_parent_whatever_context_is_attached() {
    let (ours, otel, store) = layers();
    let subscriber = Registry::default()
        .with(ours.strict())
        .with(otel.with_context_activation(false));
    let task = Task::default();
    let (trace_id, span_id) = (TraceId::from(0x00aa), SpanId::from(0x00bb));
    let request = SpanContext::new(trace_id, span_id, TraceFlags::SAMPLED, true, TraceState::NONE);
    with_default(subscriber, || {
        let _request = OtelContext::new().with_remote_span_context(request).attach();
        initialize(&task, || discover(&task));
    });
    let spans = store.spans();
    let transition = spans.named("task.state_transition").one();
    assert_eq!(
        spans.named("step.discovery").one().parent_span_id(),
        Some(transition.span_id())
    );
    assert_eq!(transition.links().len(), 1, "the request");
}

#[test]
fn an_event_inside_an_attribute_s_expression_does_not_confuse_filters_of_single_layers() {
    /// Which spans and events a layer is shown.
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<&'static str>>>);

    impl<S: Subscriber> Layer<S> for Seen {
        fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            self.0.lock().unwrap().push(attributes.metadata().name());
        }
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(event.metadata().target());
        }
    }
    fn chatty(id: Uuid) -> Uuid {
        tracing::error!(target: "chatty", "reading an id");
        id
    }
    #[task_span("task.audit", within = "task.orchestration", level = "debug", task_uuid = chatty(id), correlation_id = id, namespace = "n")]
    fn audit(id: Uuid) {}

    let (info, debug) = (Seen::default(), Seen::default());
    let (ours, otel, store) = layers();
    let subscriber = Registry::default()
        .with(info.clone().with_filter(LevelFilter::INFO))
        .with(debug.clone().with_filter(LevelFilter::DEBUG))
        .with(ours.with_filter(LevelFilter::DEBUG))
        .with(otel.with_filter(LevelFilter::DEBUG));
    with_default(subscriber, || audit(Uuid::now_v7()));
    assert_eq!(*debug.0.lock().unwrap(), ["chatty", "task.audit"]);
    assert!(!info.0.lock().unwrap().contains(&"task.audit"));
    assert_eq!(store.spans().names(), ["task.audit"]);
}

#[test]
fn a_layer_that_panics_leaves_nothing_behind_on_the_thread() {
    struct Bomb;
    impl<S: Subscriber> Layer<S> for Bomb {
        fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            assert_ne!(attributes.metadata().name(), "step.execution", "a bug of the layer");
        }
    }
    let capture = Capture::builder().layer(Bomb).start();
    let (task, other) = (Task::default(), Task::default());
    assert_eq!(execute(&task, &task.step(), || 7), 7);
    // A plain span that took over what is known of the lost one would lend its ids.
    tracing::info_span!("plain").in_scope(|| handle(|| ()));
    initialize(&other, || discover(&other));
    let orphan = capture.spans().named("handler.execution").one();
    assert_eq!(orphan.uuid("task_uuid"), None);
    assert_eq!(capture.spans().of_task(other.task_uuid).len(), 2);
}

#[test]
fn two_subscribers_in_one_process_do_not_write_into_each_other_s_spans() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn finalize(id: Uuid, task: &Task, elsewhere: impl FnOnce(&Task)) {
        elsewhere(task);
    }
    let first = Capture::start();
    let (ours, otel, store) = layers();
    let second = Dispatch::new(Registry::default().with(ours).with(otel));
    let (task, other) = (Task::default(), Task::default());
    finalize(task.task_uuid, &task, |task| {
        // No span of the second subscriber has the id that the active span has in the first.
        tracing::dispatcher::with_default(&second, || span_record!(subject = task));
    });
    let span = first.spans().one();
    assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    first.clear();

    // Both registries assign the same ids.
    finalize(task.task_uuid, &task, |task| {
        let work = in_current_scope(|| span_record!(subject = task));
        tracing::dispatcher::with_default(&second, || transition(&other, "pending", "initializing", work));
    });
    let span = store.spans().of_task(other.task_uuid).one();
    assert_eq!(span.uuid("correlation_id"), Some(other.correlation_id));
    assert_eq!(
        span.attributes().iter().filter(|(key, _)| key == "namespace").count(),
        1
    );
}

#[test]
fn a_span_that_one_level_hides_does_not_hide_its_children() {
    #[task_span(
        "task.state_transition",
        level = "debug",
        from = "initializing",
        to = "enqueuing_steps"
    )]
    fn quiet(task: &Task, work: impl FnOnce()) {
        work();
    }
    let (ours, otel, store) = layers();
    let subscriber = Registry::default().with(ours).with(otel.with_filter(LevelFilter::INFO));
    let task = Task::default();
    with_default(subscriber, || quiet(&task, || discover(&task)));
    let discovery = store.spans().one();
    assert_eq!(discovery.trace_id(), task.trace_id());
    assert_eq!(discovery.parent_span_id(), Some(task.root_id()));
    assert_eq!(discovery.text("tasker.violation"), None);
}

#[test]
fn a_driver_that_a_filter_hides_leaves_the_root_to_the_terminal_transition() {
    #[task_span("task.orchestration", level = "debug")]
    fn orchestrate(task: &Task) {
        complete(task);
    }
    let (ours, otel, store) = layers();
    let subscriber = Registry::default().with(ours).with(otel.with_filter(LevelFilter::INFO));
    with_default(subscriber, || orchestrate(&Task::default()));
    store.spans().assert_complete();
}

#[test]
fn a_processor_that_starts_spans_does_not_get_the_ids_that_were_meant_for_ours() {
    /// Starts a span for each root, while the root is being started.
    #[derive(Debug)]
    struct Starts(Arc<OnceLock<SdkTracer>>);
    impl SpanProcessor for Starts {
        fn on_start(&self, span: &mut Span, _: &OtelContext) {
            let name = span.exported_data().map(|data| data.name);
            if let (Some("task.orchestration"), Some(tracer)) = (name.as_deref(), self.0.get()) {
                drop(tracer.start_with_context("started by a processor", &OtelContext::new()));
            }
        }
        fn on_end(&self, _: SpanData) {}
        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }
    let (store, slot) = (SpanStore::new(), Arc::default());
    let builder = composed::builder().with_id_generator(IdGenerator::default());
    let builder = builder.with_span_processor(Starts(Arc::clone(&slot)));
    let tracer = builder.with_span_processor(store.clone()).build().tracer("test");
    slot.set(tracer.clone()).unwrap();
    let otel = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let task = Task::default();
    with_default(Registry::default().with(SpanLayer::new(tracer)).with(otel), || {
        orchestrate(&task, || ());
    });
    let spans = store.spans();
    let root = spans.named("task.orchestration").one();
    let other = spans.named("started by a processor").one();
    assert_eq!(root.span_id(), task.root_id());
    assert_ne!(other.span_id(), root.span_id());
    assert_ne!(other.trace_id(), root.trace_id());
}

/// `tracing` does not tell a subscriber in a box of its dispatch.
#[test]
fn in_a_boxed_subscriber_spans_are_visible() {
    process::alone(|| {
        let store = SpanStore::new();
        let builder = Telemetry::builder().console_only();
        let telemetry = builder.span_processor(store.clone()).build().unwrap();
        let subscriber = SpanSubscriber::new(tracing_subscriber::registry().with(telemetry.layer()));
        let boxed: Box<dyn Subscriber + Send + Sync> = Box::new(subscriber);
        let task = Task::default();
        with_default(boxed, || {
            execute(&task, &task.step(), || {
                assert!(!tracing::Span::current().is_none());
                in_current_scope(|| handle(|| ()))();
            });
        });
        telemetry.flush(Duration::from_secs(30)).unwrap();
        assert_eq!(store.spans().named("handler.execution").len(), 1);
    });
}

#[task_span("task.audit", within = "task.orchestration", fields(rows = tracing::field::Empty))]
fn audit_rows(task: &Task, work: impl FnOnce()) {
    work();
}

#[test]
fn a_filter_that_is_reloaded_decides_about_later_spans() {
    process::alone(|| {
        let store = SpanStore::new();
        let telemetry = Telemetry::builder()
            .console_only()
            .span_processor(store.clone())
            .build()
            .unwrap();
        let (filter, handle) = reload::Layer::new(LevelFilter::INFO);
        let subscriber = tracing_subscriber::registry().with(filter).with(telemetry.layer());
        with_default(SpanSubscriber::new(subscriber), || {
            audit_rows(&Task::default(), || {
                handle.reload(LevelFilter::WARN).unwrap();
                tracing::Span::current().record("rows", 3);
            });
        });
        telemetry.flush(Duration::from_secs(30)).unwrap();
        assert_eq!(store.spans().one().integer("rows"), Some(3));
    });
}
