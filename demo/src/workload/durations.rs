//! `Durations`: the runtime's histograms, beside what ran.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, HistogramDataPoint, MetricData, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use tasker_span_runtime::otel::register_metrics;

use super::{Done, Failure, NAMESPACES};

/// Histograms that are read in memory.
#[derive(Debug)]
pub struct Durations {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

/// What was measured of each namespace, and what ran.
#[derive(Clone, Debug)]
pub struct Measured {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    namespace: &'static str,
    /// What ran, and what was measured: the numbers of spans, by histogram, outcome and type of error.
    ran: BTreeMap<Series, u64>,
    measured: BTreeMap<Series, u64>,
    /// The time around the steps, and the sums of steps and handlers.
    around: Duration,
    steps: Duration,
    handlers: Duration,
}

/// A histogram, an outcome, and a type of error.
type Series = (String, String, String);

const STEPS: &str = "tasker.step.duration";
const HANDLERS: &str = "tasker.handler.duration";
const TASKS: &str = "tasker.task.duration";

impl Durations {
    /// Registers the histograms, which measure from now on.
    pub fn register() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder()
            .with_periodic_exporter(exporter.clone())
            .build();
        register_metrics(&provider.meter("tasker-span"));
        Self { provider, exporter }
    }

    /// Reads the histograms.
    pub fn compare(&self, done: &Done) -> Result<Measured, Box<dyn std::error::Error>> {
        self.exporter.reset();
        self.provider.force_flush()?;
        let mut rows: Vec<_> = NAMESPACES
            .into_iter()
            .map(|namespace| Row::new(namespace, done))
            .collect();
        for collected in &self.exporter.get_finished_metrics()? {
            read(collected, &mut rows);
        }
        Ok(Measured { rows })
    }

    /// Stops the reader.
    pub fn shutdown(&self) -> OTelSdkResult {
        self.provider.shutdown()
    }
}

fn read(collected: &ResourceMetrics, rows: &mut [Row]) {
    for metric in collected.scope_metrics().flat_map(ScopeMetrics::metrics) {
        if let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() {
            for point in histogram.data_points() {
                let namespace = text(point, "namespace");
                if let Some(row) = rows.iter_mut().find(|row| row.namespace == namespace) {
                    row.add(metric.name(), point);
                }
            }
        }
    }
}

fn text(point: &HistogramDataPoint<f64>, name: &str) -> String {
    let mut attributes = point.attributes();
    let value = attributes.find(|attribute: &&KeyValue| attribute.key.as_str() == name);
    value.map(|attribute| attribute.value.to_string()).unwrap_or_default()
}

impl Row {
    fn new(namespace: &'static str, done: &Done) -> Self {
        let mut row = Self {
            namespace,
            ran: BTreeMap::new(),
            measured: BTreeMap::new(),
            around: done.durations.get(namespace).copied().unwrap_or_default(),
            steps: Duration::ZERO,
            handlers: Duration::ZERO,
        };
        let mut add = |histogram: &str, (outcome, error_type): (&str, &str), count| {
            if count > 0 {
                let series = (histogram.to_owned(), outcome.to_owned(), error_type.to_owned());
                *row.ran.entry(series).or_default() += count;
            }
        };
        let mut succeeded = done.steps.get(namespace).copied().unwrap_or_default();
        for (_, failure) in done.failures.values().filter(|(other, _)| *other == namespace) {
            let [step, handler] = outcomes(*failure);
            add(STEPS, step, 1);
            add(HANDLERS, handler, 1);
            succeeded -= 1;
        }
        add(STEPS, SUCCESS, succeeded);
        add(HANDLERS, SUCCESS, succeeded);
        add(TASKS, SUCCESS, done.tasks.get(namespace).copied().unwrap_or_default());
        row
    }

    fn add(&mut self, histogram: &str, point: &HistogramDataPoint<f64>) {
        let series = (histogram.to_owned(), text(point, "outcome"), text(point, "error.type"));
        *self.measured.entry(series).or_default() += point.count();
        let sum = Duration::try_from_secs_f64(point.sum()).unwrap_or_default();
        match histogram {
            STEPS => self.steps += sum,
            HANDLERS => self.handlers += sum,
            _ => {}
        }
    }

    /// Handlers run inside of their steps, and steps inside of what was timed.
    fn is_right(&self) -> bool {
        // A young process knows the rate of the processor's counter to a percent.
        let is_within = |inner: Duration, outer: Duration| inner <= outer.mul_f64(1.02);
        self.ran == self.measured && is_within(self.handlers, self.steps) && is_within(self.steps, self.around)
    }

    fn count(&self, histogram: &str, is_counted: impl Fn(&str) -> bool) -> [u64; 2] {
        [&self.ran, &self.measured].map(|all| {
            let counted = all
                .iter()
                .filter(|((name, outcome, _), _)| name == histogram && is_counted(outcome));
            counted.map(|(_, count)| count).sum()
        })
    }
}

const SUCCESS: (&str, &str) = ("success", "");

/// The outcomes of the step and of its handler.
fn outcomes(failure: Failure) -> [(&'static str, &'static str); 2] {
    const RETURNED: (&str, &str) = ("error", "&str");
    match failure {
        Failure::Returned => [RETURNED; 2],
        Failure::Ignored => [SUCCESS, RETURNED],
        Failure::Panicked => [("error", "panic"); 2],
        Failure::Cancelled => [("cancelled", ""); 2],
    }
}

impl Measured {
    /// The namespaces whose histograms differ from what ran.
    pub fn problems(&self) -> Vec<String> {
        let wrong = self.rows.iter().filter(|row| !row.is_right());
        wrong
            .map(|row| format!("the histograms of {} are wrong", row.namespace))
            .collect()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11}  {:>7}  {:>8}  {:>7}  {:>8}  {:>7}  {:>8}  {:>10}",
            "by metrics", "tasks", "measured", "steps", "measured", "errors", "measured", "sum"
        )?;
        for row in &self.rows {
            let [tasks, measured_tasks] = row.count(TASKS, |_| true);
            let [steps, measured_steps] = row.count(STEPS, |_| true);
            let [errors, measured_errors] = row.count(HANDLERS, |outcome| outcome != "success");
            let sum = format!("{:.1?}", row.steps);
            writeln!(
                f,
                "{:<11}  {tasks:>7}  {measured_tasks:>8}  {steps:>7}  {measured_steps:>8}  {errors:>7}  \
                 {measured_errors:>8}  {sum:>10}",
                row.namespace
            )?;
        }
        Ok(())
    }
}
