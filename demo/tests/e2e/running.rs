//! An order whose payment hangs: what Jaeger has of it before its end, and after it.

use std::time::Duration;

use tasker_span_cli::jaeger::RefType;
use tasker_span_demo::orders::{handlers, workflows};
use tasker_span_demo::tasker::InProcessTasker;
use tasker_span_runtime::testing::CapturedSpan;
use tasker_span_runtime::{Console, ExportOptions, SpanNames, Telemetry, identity};
use tasker_span_tests::servers::url;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;

use crate::example_order;
use crate::jaeger::{DEADLINE, jaeger, wait_for_trace};

#[test]
#[ignore = "needs Jaeger: scripts/with-servers"]
fn a_payment_that_hangs_is_in_jaeger_before_its_end() {
    let jaeger = jaeger();
    let telemetry = Telemetry::builder()
        .service_name("running-work")
        .console(Console::Off)
        .span_names(SpanNames::Detailed)
        .export(ExportOptions::new().endpoint(url("TASKER_SPAN_OTLP_GRPC_URL")))
        .running_after(Duration::from_millis(200))
        .build()
        .unwrap();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(telemetry.layer()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        // Forgotten: the default of the thread until its end.
        .on_thread_start(move || std::mem::forget(dispatcher::set_default(&dispatch)))
        .build()
        .unwrap();
    let mut order = example_order("1001");
    order.payment.hangs = 1;
    let task = runtime.spawn(async move {
        let tasker = InProcessTasker::start(workflows().unwrap(), handlers, 1);
        let task = tasker.initializer().create_task(order.request().unwrap()).await;
        // It runs on until the runtime ends.
        std::mem::forget(tasker);
        task.unwrap().task_uuid
    });
    let task = runtime.block_on(task).unwrap();

    let id = identity::trace_id(task);
    let before = wait_for_trace(&jaeger, id, "both markers", |trace| {
        let spans = trace.captured();
        ["step.running", "task.running"]
            .iter()
            .all(|name| !spans.named(name).is_empty())
    });
    let spans = before.captured();
    spans.assert_valid();
    let marker = spans.named("step.running").iter().next().unwrap().clone();
    let shown = before.span(marker.span_id()).unwrap();
    assert_eq!(shown.operation_name, "step.running charge_payment");
    assert_eq!(shown.tag("handler_name").as_deref(), Some("charge_payment"));
    assert!(before.instance_of(shown).is_some(), "the worker: {before}");
    let is_of_payment = |span: &&CapturedSpan| span.text("handler_name") == Some("charge_payment");
    assert!(
        !spans.named("step.execution").iter().any(|span| is_of_payment(&span)),
        "{before}"
    );

    // The payment is cancelled.
    runtime.shutdown_timeout(DEADLINE);
    telemetry.shutdown(DEADLINE).unwrap();
    let after = wait_for_trace(&jaeger, id, "the execution", |trace| {
        trace
            .captured()
            .named("step.execution")
            .iter()
            .any(|span| is_of_payment(&span))
    });
    let spans = after.captured();
    spans.assert_valid();
    let execution = spans.named("step.execution");
    let execution = execution.iter().find(is_of_payment).unwrap();
    let parents = |span: &CapturedSpan| after.span(span.span_id()).unwrap().references(RefType::ChildOf).len();
    for marker in &spans.named("step.running") {
        assert_eq!(
            (marker.parent_span_id(), parents(marker)),
            (execution.parent_span_id(), 1)
        );
    }
}
