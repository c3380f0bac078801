//! What a real Jaeger answers about the example's orders: the traces that were captured here, span for span, found by
//! whatever a user can search for.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::identity::{self, SpanId};
use tasker_span_runtime::testing::{CapturedSpan, SpanStore, Spans, Status, Value};
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::orders::{self, Order, Processed};
use tasker_span_tests::servers::jaeger::{self, Jaeger, RefType, Trace};
use tasker_span_tests::servers::{programs, url, wait_for};
use tasker_span_tests::tasker::{InProcessTasker, TaskState};
use tokio::runtime::Runtime;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;
use uuid::Uuid;

/// Longer than an export takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

fn example_orders() -> Vec<Order> {
    serde_json::from_str(include_str!("../examples/order_fulfillment/orders.json")).unwrap()
}

fn order(number: &str) -> Order {
    let mut orders = example_orders().into_iter();
    orders.find(|order| order.number == number).unwrap()
}

/// A program's telemetry that exports, and keeps what it exports; and threads on which it is the subscriber.
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
            // For as long as the thread lives.
            .on_thread_start(move || std::mem::forget(dispatcher::set_default(&dispatch)))
            .build();
        Self {
            telemetry,
            store,
            runtime: runtime.unwrap(),
        }
    }

    /// Processes the orders; every span of theirs is exported.
    fn process(self, orders: &[Order]) -> (Vec<Processed>, Spans) {
        let orders = orders.to_vec();
        let processing = self.runtime.spawn(async move { orders::process(&orders).await });
        let processed = self.runtime.block_on(processing).unwrap().unwrap();
        self.telemetry.shutdown(DEADLINE).unwrap();
        (processed, self.store.spans())
    }
}

/// All of a span that reaches Jaeger. Its times are whole microseconds, its attributes sorted.
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

/// The trace of the task, once as many spans of it have arrived as were captured.
#[track_caller]
fn arrived(jaeger: &Jaeger, task_uuid: Uuid, captured: &Spans) -> Trace {
    let expected = captured.of_task(task_uuid).len();
    jaeger.wait_for_trace(
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
    assert_eq!(trace.spans.len(), captured.len(), "{trace}");
}

/// Runs the example's orders and compares every task's trace.
fn assert_that_all_arrives(protocol: Protocol) {
    let jaeger = Jaeger::from_env();
    let (processed, captured) = Exporting::over(protocol).process(&example_orders());
    assert_eq!(processed.len(), 6);
    let traces = processed.iter().map(|done| {
        let trace = arrived(&jaeger, done.task.task_uuid, &captured);
        assert_same(&trace, &captured.of_task(done.task.task_uuid));
        assert_eq!(trace.warnings_of_structure(), [""; 0], "{trace}");
        assert!(trace.duplicate_span_ids().is_empty(), "{trace}");
        trace
    });
    let traces = traces.collect::<Vec<_>>();
    jaeger::captured(&traces).assert_complete();
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn every_span_arrives_over_grpc_as_it_was_captured() {
    assert_that_all_arrives(Protocol::Grpc);
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_HTTP_URL"]
fn every_span_arrives_over_http_as_it_was_captured() {
    assert_that_all_arrives(Protocol::HttpProtobuf);
}

/// The ids of the traces that a search finds, each the task's own or one that leads to it: a request's, whose span of the
/// task's creation carries the same ids.
fn found(jaeger: &Jaeger, tag: &str, value: Uuid, task_uuid: Uuid) -> Vec<Trace> {
    let (own, leading) = jaeger
        .search(tag, value)
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
                "{tag}={value} found a trace that does not lead to the task\n{trace}"
            );
        }
    }
    own
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_search_by_any_id_finds_the_tasks_trace() {
    let jaeger = Jaeger::from_env();
    let (processed, captured) = Exporting::over(Protocol::Grpc).process(&[order("1002"), order("1003")]);
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
            // What a search finds is the whole tree.
            assert_same(trace, &spans);
        }
    }
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_child_task_is_found_by_the_id_of_its_parent_and_leads_back() {
    let jaeger = Jaeger::from_env();
    let (processed, captured) = Exporting::over(Protocol::Grpc).process(&[order("1004")]);
    let [parent, child] = &*processed else {
        panic!("{processed:?}")
    };
    for done in &processed {
        arrived(&jaeger, done.task.task_uuid, &captured);
    }
    let children = jaeger.search("parent_correlation_id", parent.task.correlation_id);
    let own = |trace: &&Trace| trace.id() == identity::trace_id(child.task.task_uuid);
    let trace = children.iter().find(own);
    let trace = trace.unwrap_or_else(|| panic!("{children:?}"));
    assert_same(trace, &captured.of_task(child.task.task_uuid));
    let found = trace.captured();
    let parent_id = found.named("task.orchestration").one().uuid("parent_correlation_id");
    let back = jaeger.search("correlation_id", parent_id.unwrap());
    let parents = back.iter().map(Trace::id).collect::<Vec<_>>();
    assert!(
        parents.contains(&identity::trace_id(parent.task.task_uuid)) && !parents.contains(&trace.id()),
        "{back:?}"
    );
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn failures_and_links_are_shown_as_jaeger_shows_them() {
    let jaeger = Jaeger::from_env();
    let (processed, captured) = Exporting::over(Protocol::Grpc).process(&[order("1003"), order("1004")]);
    for done in &processed {
        let trace = arrived(&jaeger, done.task.task_uuid, &captured);
        for expected in &captured.of_task(done.task.task_uuid) {
            let span = trace.span(expected.span_id()).unwrap();
            let shown = ["error", "otel.status_code", "otel.status_description", "error.type"].map(|tag| span.tag(tag));
            let failure = match expected.status() {
                Status::Error { description } => [
                    Some("true".to_owned()),
                    Some("ERROR".to_owned()),
                    Some(description.to_string()).filter(|text| !text.is_empty()),
                    expected.error_type().map(str::to_owned),
                ],
                _ => [const { None }; 4],
            };
            assert_eq!(shown, failure, "{span:?}");
            // The parent is the only reference of its kind, and every link is there.
            let parents = span.references(RefType::ChildOf).into_iter();
            let parents = parents.map(|parent| (&*parent.trace_id, &*parent.span_id));
            let parent = expected.parent_span_id().map(|parent| parent.to_string());
            let parent = parent.iter().map(|parent| (&*trace.trace_id, &**parent));
            assert_eq!(parents.collect::<Vec<_>>(), parent.collect::<Vec<_>>());
            let links = span.references(RefType::FollowsFrom).into_iter();
            let links = links.map(|link| format!("{} {}", link.trace_id, link.span_id));
            let of_expected = expected.links().iter();
            let of_expected = of_expected.map(|link| format!("{} {}", link.trace_id(), link.span_id()));
            assert_eq!(
                links.collect::<HashSet<_>>(),
                of_expected.collect::<HashSet<_>>(),
                "{span:?}"
            );
        }
    }
    let failed = captured.named("task.orchestration").with("namespace", "payments").one();
    assert_eq!(failed.error_type(), Some("task_error"));
    let executions = captured.named("step.execution");
    assert!(executions.iter().all(|span| span.links().len() == 1), "{executions}");
}

#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_task_under_way_is_found_before_its_root_is_there() {
    let jaeger = Jaeger::from_env();
    let exporting = Exporting::over(Protocol::Grpc);
    let tasker = exporting.runtime.spawn(async {
        let tasker = InProcessTasker::start(orders::workflows().unwrap(), orders::handlers, 1);
        let task = tasker.initializer().create_task(order("1005").request().unwrap()).await;
        let task = task.unwrap();
        let waiting = |state| state == TaskState::WaitingForRetry;
        tasker.wait_for(task.task_uuid, waiting).await.unwrap();
        (tasker, task)
    });
    let (tasker, task) = exporting.runtime.block_on(tasker).unwrap();
    exporting.telemetry.flush(DEADLINE).unwrap();

    // Its spans stand under a root that is known by its id alone.
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

/// The program as its users run it, set up by the environment alone.
#[test]
#[ignore = "needs Jaeger: run scripts/with-servers, or set TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_HTTP_URL"]
fn what_the_program_prints_leads_to_the_traces() {
    let jaeger = Jaeger::from_env();
    let mut program = programs::Program::start(
        "order_fulfillment",
        programs::command("order_fulfillment")
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
            let found = jaeger.search("correlation_id", &id);
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
