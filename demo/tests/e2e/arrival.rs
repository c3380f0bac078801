//! The example's orders in Jaeger: each captured span arrives, and searches find the traces.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use tasker_span_cli::jaeger::{Jaeger, RefType, Trace, captured as captured_in};
use tasker_span_demo::orders::{self, Order, Processed, example_orders};
use tasker_span_demo::tasker::{InProcessTasker, TaskState};
use tasker_span_runtime::identity::{self, SpanId};
use tasker_span_runtime::testing::{CapturedSpan, SpanStore, Spans, Value};
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::example;
use tasker_span_tests::servers::{url, wait_for};
use tokio::runtime::Runtime;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;
use uuid::Uuid;

use crate::example_order;
use crate::jaeger::{DEADLINE, jaeger, wait_for_trace};
use crate::program::Program;

/// Telemetry that exports spans and also stores them, and a runtime whose threads use it.
struct Exporting {
    telemetry: Telemetry,
    store: SpanStore,
    runtime: Runtime,
}

impl Exporting {
    fn over(protocol: Protocol) -> Self {
        let variable = match protocol {
            Protocol::HttpProtobuf => "TASKER_SPAN_OTLP_HTTP_URL",
            _ => "TASKER_SPAN_OTLP_GRPC_URL",
        };
        let store = SpanStore::new();
        let telemetry = Telemetry::builder()
            .service_name("order-fulfillment")
            .export(ExportOptions::new().endpoint(url(variable)).protocol(protocol))
            .span_processor(store.clone())
            .build()
            .unwrap();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_time()
            // Forgotten: the default of the thread until its end.
            .on_thread_start(move || std::mem::forget(dispatcher::set_default(&dispatch)))
            .build();
        Self {
            telemetry,
            store,
            runtime: runtime.unwrap(),
        }
    }

    /// Processes the orders and exports all their spans.
    fn process(self, orders: &[Order]) -> (Vec<Processed>, Spans) {
        let orders = orders.to_vec();
        let processing = self.runtime.spawn(async move { orders::process(&orders).await });
        let processed = self.runtime.block_on(processing).unwrap().unwrap();
        self.telemetry.shutdown(DEADLINE).unwrap();
        (processed, self.store.spans())
    }
}

/// The span as text, with times in whole microseconds and sorted attributes, as Jaeger has them.
fn comparable(span: &CapturedSpan) -> String {
    let sorted = |attributes: &[(String, Value)]| {
        let mut attributes = attributes.to_vec();
        attributes.sort_by(|(one, _), (other, _)| one.cmp(other));
        attributes
    };
    let mut links: Vec<_> = span
        .links()
        .iter()
        .map(|link| (link.trace_id(), link.span_id()))
        .collect();
    links.sort();
    let events = span.events().iter();
    let events = events.map(|event| (event.name(), micros(event.time()), sorted(event.attributes())));
    format!(
        "{} {} {}\n  parent {:?}\n  kind {:?}\n  status {:?}\n  start {} duration {}\n  attributes {:?}\n  links {links:?}\n  events {:?}",
        span.name(),
        span.trace_id(),
        span.span_id(),
        span.parent_span_id(),
        span.kind(),
        span.status(),
        micros(span.start()),
        span.duration().as_micros(),
        sorted(span.attributes()),
        events.collect::<Vec<_>>(),
    )
}

fn micros(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros()
}

fn by_id(spans: &Spans) -> BTreeMap<SpanId, String> {
    spans.iter().map(|span| (span.span_id(), comparable(span))).collect()
}

/// The trace of a task, once all captured spans have arrived.
#[track_caller]
fn arrived(jaeger: &Jaeger, task_uuid: Uuid, captured: &Spans) -> Trace {
    let expected = captured.of_task(task_uuid).len();
    wait_for_trace(
        jaeger,
        identity::trace_id(task_uuid),
        &format!("the task's {expected} spans"),
        |trace| trace.spans.len() >= expected,
    )
}

#[track_caller]
fn assert_same(trace: &Trace, captured: &Spans) {
    let (expected, found) = (by_id(captured), by_id(&trace.captured()));
    let differing = expected.keys().chain(found.keys()).collect::<HashSet<_>>().into_iter();
    let differing = differing.filter(|id| expected.get(id) != found.get(id)).map(|id| {
        let text = |spans: &BTreeMap<SpanId, String>| spans.get(id).cloned().unwrap_or_else(|| "no such span".into());
        format!("captured {}\nin Jaeger {}\n", text(&expected), text(&found))
    });
    let differing = differing.collect::<Vec<_>>();
    assert!(differing.is_empty(), "{}\n{trace}", differing.join("\n"));
    for span in captured {
        let shown = trace.span(span.span_id()).unwrap();
        let is_error = shown.tag("error").is_some();
        assert_eq!(is_error, span.is_error(), "{shown:?}");
        let parents = shown.references(RefType::ChildOf).len();
        assert_eq!(parents, usize::from(span.parent_span_id().is_some()), "{shown:?}");
    }
    assert_eq!(trace.spans.len(), captured.len(), "{trace}");
}

/// Processes the example's orders and compares each trace.
fn assert_all_arrive(protocol: Protocol) {
    let jaeger = jaeger();
    let (processed, captured) = Exporting::over(protocol).process(&example_orders().unwrap());
    assert_eq!(processed.len(), 6);
    let traces = processed.iter().map(|done| {
        let trace = arrived(&jaeger, done.task.task_uuid, &captured);
        assert_same(&trace, &captured.of_task(done.task.task_uuid));
        assert_eq!(trace.warnings_of_structure(), [""; 0], "{trace}");
        assert!(trace.duplicate_span_ids().is_empty(), "{trace}");
        trace
    });
    let traces = traces.collect::<Vec<_>>();
    captured_in(&traces).assert_complete();
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn every_span_arrives_over_grpc_as_it_was_captured() {
    assert_all_arrive(Protocol::Grpc);
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn every_span_arrives_over_http_as_it_was_captured() {
    assert_all_arrive(Protocol::HttpProtobuf);
}

/// Searches for a tag. Returns the task's own traces; each other trace is a request's, with a link
/// to the task.
fn found(jaeger: &Jaeger, tag: &str, value: Uuid, task_uuid: Uuid) -> Vec<Trace> {
    let (own, leading) = jaeger
        .search(tag, value)
        .unwrap()
        .traces
        .into_iter()
        .partition::<Vec<_>, _>(|trace| trace.id() == identity::trace_id(task_uuid));
    let root = identity::root_span_id(task_uuid).to_string();
    for trace in leading {
        let spans = trace
            .spans
            .iter()
            .filter(|span| span.tag(tag) == Some(value.to_string()));
        for span in spans {
            let links = span.references(RefType::FollowsFrom);
            assert!(
                links.iter().any(|link| link.span_id == root),
                "{tag}={value} found a trace without a link to the task\n{trace}"
            );
        }
    }
    own
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn a_search_by_any_id_finds_the_tasks_trace() {
    let jaeger = jaeger();
    let (processed, captured) =
        Exporting::over(Protocol::Grpc).process(&[example_order("1002"), example_order("1003")]);
    for done in &processed {
        let task = &done.task;
        arrived(&jaeger, task.task_uuid, &captured);
        let spans = captured.of_task(task.task_uuid);
        let steps: HashSet<_> = spans.iter().filter_map(|span| span.uuid("step_uuid")).collect();
        let steps = steps.into_iter().map(|step| ("step_uuid", step));
        let tags = [("correlation_id", task.correlation_id), ("task_uuid", task.task_uuid)];
        for (tag, value) in tags.into_iter().chain(steps) {
            let traces = found(&jaeger, tag, value, task.task_uuid);
            let [trace] = &*traces else {
                panic!("{tag}={value}: {traces:?}")
            };
            // The search returns the whole trace.
            assert_same(trace, &spans);
        }
    }
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn a_search_finds_child_tasks_and_their_parent() {
    let jaeger = jaeger();
    let (processed, captured) = Exporting::over(Protocol::Grpc).process(&[example_order("1004")]);
    let [parent, child] = &*processed else {
        panic!("{processed:?}")
    };
    for done in &processed {
        arrived(&jaeger, done.task.task_uuid, &captured);
    }
    let children = jaeger
        .search("parent_correlation_id", parent.task.correlation_id)
        .unwrap()
        .traces;
    let own = |trace: &&Trace| trace.id() == identity::trace_id(child.task.task_uuid);
    let trace = children.iter().find(own);
    let trace = trace.unwrap_or_else(|| panic!("{children:?}"));
    assert_same(trace, &captured.of_task(child.task.task_uuid));
    let found = trace.captured();
    let parent_id = found.named("task.orchestration").one().uuid("parent_correlation_id");
    let back = jaeger.search("correlation_id", parent_id.unwrap()).unwrap().traces;
    let parents = back.iter().map(Trace::id).collect::<Vec<_>>();
    assert!(
        parents.contains(&identity::trace_id(parent.task.task_uuid)) && !parents.contains(&trace.id()),
        "{back:?}"
    );
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn a_running_task_is_found_before_its_root_is_emitted() {
    let jaeger = jaeger();
    let exporting = Exporting::over(Protocol::Grpc);
    let tasker = exporting.runtime.spawn(async {
        let tasker = InProcessTasker::start(orders::workflows().unwrap(), orders::handlers, 1);
        let task = tasker
            .initializer()
            .create_task(example_order("1005").request().unwrap())
            .await;
        let task = task.unwrap();
        let waiting = |state| state == TaskState::WaitingForRetry;
        tasker.wait_for(task.task_uuid, waiting).await.unwrap();
        (tasker, task)
    });
    let (tasker, task) = exporting.runtime.block_on(tasker).unwrap();
    exporting.telemetry.flush(DEADLINE).unwrap();

    // The spans have a parent that is not emitted yet.
    let root = identity::root_span_id(task.task_uuid);
    let captured = exporting.store.spans().of_task(task.task_uuid);
    let trace = arrived(&jaeger, task.task_uuid, &captured);
    assert_same(&trace, &captured);
    assert!(trace.span(root).is_none(), "{trace}");
    let warnings = trace.warnings_of_structure();
    let is_expected =
        |warning: &String| warning.contains("invalid parent span IDs") && warning.contains(&root.to_string());
    assert!(!warnings.is_empty() && warnings.iter().all(is_expected), "{trace}");
    trace.captured().assert_valid();
    for (tag, value) in [("correlation_id", task.correlation_id), ("task_uuid", task.task_uuid)] {
        let traces = found(&jaeger, tag, value, task.task_uuid);
        assert_eq!(traces.len(), 1, "{tag}={value}: {traces:?}");
    }

    let cancelled = exporting.runtime.spawn(async move {
        let tasker: Arc<InProcessTasker> = Arc::new(tasker);
        tasker.cancel(task.task_uuid).await.unwrap();
        tasker.wait_for_all().await;
        Arc::into_inner(tasker).unwrap().shutdown().await.unwrap();
    });
    exporting.runtime.block_on(cancelled).unwrap();
    exporting.telemetry.shutdown(DEADLINE).unwrap();
    let captured = exporting.store.spans().of_task(task.task_uuid);
    let trace = arrived(&jaeger, task.task_uuid, &captured);
    assert_same(&trace, &captured);
    assert_eq!(trace.warnings_of_structure(), [""; 0], "{trace}");
    trace.captured().assert_complete();
}

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn the_programs_output_leads_to_the_traces() {
    let jaeger = jaeger();
    let mut program = Program::start(
        "order_fulfillment",
        example::program("order_fulfillment")
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", url("TASKER_SPAN_OTLP_HTTP_URL"))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
            .env("OTEL_SERVICE_NAME", "order-fulfillment-over-http"),
    );
    let printed = program.wait_for_success();
    assert!(printed.contains(", 0 lost\n"), "{printed}");
    let after = |label: &str| {
        let lines = printed.lines().filter_map(|line| line.strip_prefix(label));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (ids, traces) = (after("search  correlation_id="), after("trace   "));
    assert_eq!((ids.len(), traces.len()), (6, 6), "{printed}");
    for (id, trace) in ids.into_iter().zip(traces) {
        let found = wait_for(&format!("{trace} by correlation_id={id}"), || {
            let found = jaeger.search("correlation_id", &id).unwrap().traces;
            let own = found.iter().find(|found| trace.ends_with(&found.id().to_string()));
            let whole = own.filter(|trace| trace.captured().check_complete().is_empty());
            whole
                .cloned()
                .ok_or_else(|| found.iter().map(Trace::to_string).collect())
        });
        assert_eq!(
            found.services().into_iter().collect::<Vec<_>>(),
            ["order-fulfillment-over-http"]
        );
        assert_eq!(found.warnings_of_structure(), [""; 0], "{found}");
    }
}
