//! The counts as OpenTelemetry metrics, collected by the SDK. A process of its own: the counts are the process's.

use std::collections::BTreeMap;

use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics, Sum, SumDataPoint,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Sampling, otel::register_metrics, stats, step_span};
use tasker_span_tests::fixture::{Step, Task};

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, fail: bool) -> Result<(), &'static str> {
    if fail { Err("declined") } else { Ok(()) }
}

/// What was collected: of each counter, its values by their attributes.
type Collected = BTreeMap<String, BTreeMap<String, u64>>;

fn attributes(point: &SumDataPoint<u64>) -> String {
    let mut attributes: Vec<_> = point
        .attributes()
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect();
    attributes.sort();
    attributes.join(" ")
}

fn values(sum: &Sum<u64>) -> BTreeMap<String, u64> {
    assert!(sum.is_monotonic());
    sum.data_points()
        .map(|point| (attributes(point), point.value()))
        .collect()
}

fn collect(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> Collected {
    exporter.reset();
    provider.force_flush().unwrap();
    let finished = exporter.get_finished_metrics().unwrap();
    let scopes = finished.iter().flat_map(ResourceMetrics::scope_metrics);
    let metrics = scopes.flat_map(ScopeMetrics::metrics);
    metrics
        .map(|metric| match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => (metric.name().to_owned(), values(sum)),
            other => panic!("{}: {other:?}", metric.name()),
        })
        .collect()
}

#[test]
fn a_meter_collects_the_counts() {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_periodic_exporter(exporter.clone())
        .build();
    register_metrics(&provider.meter("tasker-span"));

    let sampling = Sampling::new().step_rate(0.0).namespace_rate("payments", 1.0);
    let capture = Capture::builder().sampling(sampling).start();
    let payments = Task::default();
    let mut analytics = Task::default();
    "analytics".clone_into(&mut analytics.namespace_name);
    for n in 0..30 {
        let _ = execute(&payments, &payments.step(), n < 7);
        let _ = execute(&analytics, &analytics.step(), n < 7);
    }
    drop(capture);

    let collected = collect(&provider, &exporter);
    let of = |counter: &str, attributes: &str| collected[counter].get(attributes).copied();
    assert_eq!(of("tasker.span.steps", "decision=kept namespace=payments"), Some(30));
    assert_eq!(of("tasker.span.steps", "decision=dropped namespace=payments"), Some(0));
    assert_eq!(
        of("tasker.span.steps", "decision=dropped namespace=analytics"),
        Some(30)
    );
    assert_eq!(of("tasker.span.steps", "decision=dropped"), Some(0));
    assert_eq!(of("tasker.span.steps_sampled_by_error", "namespace=analytics"), Some(7));
    assert_eq!(of("tasker.span.steps_sampled_by_error", "namespace=payments"), Some(0));
    assert_eq!(of("tasker.span.spans_started", ""), Some(30));
    assert_eq!(of("tasker.span.spans_failed", ""), Some(14));
    assert_eq!(of("tasker.span.spans_sampled_by_error", ""), Some(7));

    // Every field of `Stats` is a counter, but for the two that have attributes.
    let stats = format!("{:?}", stats());
    let fields = stats.split_once('{').unwrap().1.split(',');
    let fields = fields.map(|field| field.split(':').next().unwrap().trim());
    let missing: Vec<_> = fields
        .filter(|field| !collected.contains_key(&format!("tasker.span.{field}")))
        .collect();
    assert_eq!(missing, ["steps_sampled", "steps_unsampled"]);
}
