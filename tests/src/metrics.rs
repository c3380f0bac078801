//! The metrics of this process, read by the SDK: the latest value of each counter and histogram, by its attributes.

use std::collections::BTreeMap;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, HistogramDataPoint, MetricData, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, MeterProviderBuilder, SdkMeterProvider};
use tasker_span_runtime::otel::register_metrics;

/// A meter provider that the runtime's metrics are registered with.
#[derive(Debug)]
pub struct Metrics {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

/// The values of a counter, by its attributes: `namespace=payments outcome=success`.
pub type Counter = BTreeMap<String, u64>;
/// The series of a histogram, by its attributes.
pub type Histogram = BTreeMap<String, Series>;

/// What a reader sees of one series of a histogram.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// How many values it has.
    pub count: u64,
    /// In seconds.
    pub sum: f64,
    /// The upper bounds of its buckets, and how many values each has.
    pub buckets: Vec<(f64, u64)>,
}

/// All that was collected.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// By name.
    pub counters: BTreeMap<String, Counter>,
    /// By name.
    pub histograms: BTreeMap<String, Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Registers the metrics with a new provider.
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// The same, with more settings of the provider.
    pub fn with(set: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder) -> Self {
        let exporter = InMemoryMetricExporter::default();
        let builder = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone());
        let provider = set(builder).build();
        register_metrics(&provider.meter("tasker-span"));
        Self { provider, exporter }
    }

    /// Collects all metrics, as a reader does.
    ///
    /// # Panics
    ///
    /// If the provider cannot, or if a metric is neither a counter nor a histogram.
    pub fn collect(&self) -> Collected {
        self.exporter.reset();
        self.provider.force_flush().unwrap();
        let finished = self.exporter.get_finished_metrics().unwrap();
        let scopes = finished.iter().flat_map(ResourceMetrics::scope_metrics);
        let mut collected = Collected::default();
        for metric in scopes.flat_map(ScopeMetrics::metrics) {
            let name = metric.name().to_owned();
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    assert!(sum.is_monotonic());
                    let points = sum.data_points();
                    let points = points.map(|point| (attributes(point.attributes()), point.value()));
                    collected.counters.insert(name, points.collect());
                }
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    assert_eq!(metric.unit(), "s");
                    let points = histogram.data_points();
                    let points = points.map(|point| (attributes(point.attributes()), series(point)));
                    collected.histograms.insert(name, points.collect());
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        collected
    }

    /// A histogram, if it has a value.
    pub fn histogram(&self, name: &str) -> Histogram {
        self.collect().histogram(name)
    }
}

impl Collected {
    /// A histogram, if it has a value.
    pub fn histogram(&self, name: &str) -> Histogram {
        self.histograms.get(name).cloned().unwrap_or_default()
    }

    /// The numbers of values in the series of a histogram.
    pub fn counts(&self, name: &str) -> Counter {
        let series = self.histogram(name).into_iter();
        series.map(|(attributes, series)| (attributes, series.count)).collect()
    }
}

/// In the order of their names.
fn attributes<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut attributes: Vec<_> = attributes
        .map(|attribute| format!("{}={}", attribute.key, attribute.value))
        .collect();
    attributes.sort();
    attributes.join(" ")
}

fn series(point: &HistogramDataPoint<f64>) -> Series {
    let bounds = point.bounds().chain([f64::INFINITY]);
    Series {
        count: point.count(),
        sum: point.sum(),
        buckets: bounds.zip(point.bucket_counts()).collect(),
    }
}
