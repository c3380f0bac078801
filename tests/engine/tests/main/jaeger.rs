//! The same tree, as Jaeger answers it.

use std::time::Duration;

use tasker_span_cli::jaeger::{Jaeger, Trace, captured};
use tasker_span_runtime::{ExportOptions, SpanSubscriber, Telemetry, identity};
use tasker_span_tests::page::Page;
use tasker_span_tests::servers::{url, wait_for};
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;

use super::{outline, request, run};

#[test]
#[ignore = "needs Jaeger: run it under scripts/with-servers"]
fn a_search_by_the_correlation_id_finds_the_tree() {
    let telemetry = Telemetry::builder()
        .service_name("engine")
        .export(ExportOptions::new().endpoint(url("TASKER_SPAN_OTLP_GRPC_URL")))
        .build()
        .unwrap();
    let registry = tracing_subscriber::registry().with(telemetry.layer());
    // Around the registry, so that the creation may go to its task's trace.
    let dispatch = Dispatch::new(SpanSubscriber::new(registry));
    let request = request();
    let task = dispatcher::with_default(&dispatch, || run(&request)).unwrap();
    telemetry.shutdown(Duration::from_secs(10)).unwrap();
    let jaeger = Jaeger::connect(&url("TASKER_SPAN_JAEGER_URL")).unwrap();
    let found = wait_for("the tree", || {
        let found = jaeger.search("correlation_id", request.correlation_id).unwrap().traces;
        let root = identity::root_span_id(task).to_string();
        let spans = found.iter().flat_map(|trace| &trace.spans);
        let is_whole = spans.clone().any(|span| span.span_id == root);
        let names: Vec<_> = spans.map(|span| span.operation_name.clone()).collect();
        if is_whole { Ok(found) } else { Err(format!("{names:?}")) }
    });
    let names = |trace: &Trace| {
        trace
            .spans
            .iter()
            .map(|span| span.operation_name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(found.len(), 1, "{:?}", found.iter().map(names).collect::<Vec<_>>());
    let tree = outline(&captured(&found), task);
    let tree = tree.replace("link=elsewhere", "link=POST /tasks");
    println!("{tree}");
    assert!(
        Page::open("docs/adopting.md").text().contains(tree.trim_end()),
        "{tree}"
    );
}
