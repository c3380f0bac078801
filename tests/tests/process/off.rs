//! With telemetry off nothing is counted: no violation, no missing attribute, no span.

use std::time::SystemTime;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::otel::{self, SpanFilter, SpanLayer, Tracer};
use tasker_span_runtime::{
    SpanFields, Stats, Telemetry, Uuid, record_lost_attempt, record_transition, span_record, stats, step_span,
    task_span,
};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{Registry, fmt};

use crate::DEADLINE;

#[task_span("result.evaluation")]
fn evaluate(task: &Task) {}

#[task_span("task.state_transition", from = "pending", to = "initializing")]
fn evaluate_in_a_wrong_place(task: &Task) {
    evaluate(task);
}

#[task_span("task.finalization", within = "task.orchestration", task_uuid = Uuid::now_v7(), inherit(correlation_id, namespace))]
fn incomplete() {}

#[task_span("task.finalization", within = "task.orchestration", task_uuid = Uuid::now_v7(), late(correlation_id, namespace))]
fn never_recorded() {
    span_record!(correlation_id = Uuid::nil());
}

#[task_span("step.discovery")]
fn fail(task: &Task) -> Result<(), String> {
    Err("failed".to_owned())
}

#[task_span("task.state_transition", from = "evaluating_results", to = "complete")]
fn complete(task: &Task) {}

#[step_span("handler.execution", step_uuid = Uuid::nil(), inherit)]
fn nil() {}

#[derive(SpanFields)]
struct Lost {
    task_uuid: Uuid,
    step_uuid: Uuid,
    correlation_id: Uuid,
    namespace: &'static str,
    handler_name: &'static str,
    attempt_number: u32,
}

/// All that can be wrong with spans.
fn program() {
    let task = Task::default();
    evaluate_in_a_wrong_place(&task);
    incomplete();
    never_recorded();
    fail(&task).unwrap_err();
    nil();
    complete(&task);
}

/// An attempt has no call site: no filter decides about it.
fn lose_an_attempt() {
    let attempt = Lost {
        task_uuid: Uuid::now_v7(),
        step_uuid: Uuid::nil(),
        correlation_id: Uuid::now_v7(),
        namespace: "payments",
        handler_name: "charge_payment",
        attempt_number: 1,
    };
    record_lost_attempt(&attempt, SystemTime::now());
    record_transition(&attempt, "steps_in_process", "error", SystemTime::now());
}

fn counted(program: impl FnOnce()) -> Stats {
    let before = stats();
    program();
    let mut counted = stats().since(&before);
    // Spans inherit from the identity cache all the same: `TraceContext::current` has their ids.
    counted.identity_cache_hits = 0;
    counted
}

fn all() {
    program();
    lose_an_attempt();
}

#[test]
fn the_program_is_wrong_where_telemetry_is_on() {
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        set_global_default(Registry::default().with(telemetry.layer())).unwrap();
        let counted = counted(all);
        assert_eq!(counted.hierarchy_violations, 1, "{counted:?}");
        assert!(counted.missing_attributes >= 2, "{counted:?}");
        assert!(counted.late_never_recorded >= 1, "{counted:?}");
        assert!(counted.nil_uuids >= 3, "{counted:?}");
        assert_eq!(counted.spans_failed, 1, "{counted:?}");
    });
}

#[test]
fn nothing_is_counted_without_a_subscriber() {
    process::alone(|| assert_eq!(counted(all), Stats::default()));
}

#[test]
fn nothing_is_counted_without_a_layer_of_ours() {
    process::alone(|| {
        set_global_default(Registry::default().with(fmt::layer().with_test_writer())).unwrap();
        assert_eq!(counted(all), Stats::default());
    });
}

#[test]
fn nothing_is_counted_if_the_sdk_is_disabled() {
    process::alone_in(&[("OTEL_SDK_DISABLED", "true")], || {
        let telemetry = Telemetry::builder().install().unwrap();
        assert_eq!(counted(all), Stats::default());
        assert_eq!(telemetry.shutdown(DEADLINE).unwrap(), Stats::default());
    });
}

#[test]
fn nothing_is_counted_if_a_layer_of_a_disabled_telemetry_is_in_a_registry() {
    process::alone_in(&[("OTEL_SDK_DISABLED", "true")], || {
        let telemetry = Telemetry::builder().build().unwrap();
        let log = fmt::layer().with_test_writer();
        set_global_default(Registry::default().with(telemetry.layer()).with(log)).unwrap();
        assert_eq!(counted(all), Stats::default());
    });
}

#[test]
fn nothing_is_counted_of_spans_that_the_trace_filter_disables() {
    process::alone(|| {
        let telemetry = Telemetry::builder()
            .console_only()
            .trace_filter("off")
            .install()
            .unwrap();
        assert_eq!(counted(program), Stats::default());
        drop(telemetry);
    });
}

#[test]
fn nothing_is_counted_of_spans_that_a_filter_on_the_layer_disables() {
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().trace_filter("off").build().unwrap();
        let log = fmt::layer().with_test_writer();
        set_global_default(Registry::default().with(telemetry.layer()).with(log)).unwrap();
        assert_eq!(counted(program), Stats::default());
    });
}

#[test]
fn nothing_is_counted_of_spans_below_the_level_of_the_subscriber() {
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let registry = Registry::default().with(LevelFilter::WARN).with(telemetry.layer());
        set_global_default(registry).unwrap();
        assert_eq!(counted(program), Stats::default());
    });
}

/// A filter of the program's own on its `tracing-opentelemetry` layer.
#[test]
fn nothing_is_counted_of_spans_that_the_program_s_own_layer_does_not_see() {
    process::alone(|| {
        let provider = otel::provider(SdkTracerProvider::builder());
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
        let own = own.with_filter(SpanFilter).with_filter(LevelFilter::OFF);
        let log = fmt::layer().with_test_writer();
        set_global_default(Registry::default().with(own).with(SpanLayer::new(tracer)).with(log)).unwrap();
        assert_eq!(counted(program), Stats::default());
    });
}
