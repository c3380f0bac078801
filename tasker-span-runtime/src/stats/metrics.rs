//! `register_metrics`: the counts of `stats` as OpenTelemetry metrics, and the durations.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::durations;
use crate::stats::{self, stats};

/// Registers the histograms of durations and the counts of this crate with `meter`. Once per meter provider: they are the
/// process's.
///
/// | histogram, in seconds | attributes | one for each |
/// | --- | --- | --- |
/// | `tasker.step.duration` | `namespace`, `handler_name`, `outcome`, `error.type` | `step.execution`, and attempt whose worker was lost |
/// | `tasker.handler.duration` | the same | `handler.execution` |
/// | `tasker.step.queue_time` | `namespace`, `handler_name` | `step.execution` whose message tells when it was sent ([`Links::delivery`](crate::Links::delivery)) |
/// | `tasker.task.duration` | `namespace`, `task_name`, `outcome`, `error.type` | task that reached a terminal state here, or whose driver ended |
///
/// They are exact at every rate of sampling: spans are measured when they end, sampled or not, from this call on. The values
/// of `outcome` are `success`, `error`, `cancelled`, `lost` (the worker was), `resolved_manually` (of a task) and `unknown`
/// (the code that reads the returned value panicked). `error.type` is that of the span. An attribute without a value is
/// absent. Each histogram has 2,000 combinations of attributes at most, as many as OpenTelemetry's SDKs take by default.
/// Durations beyond have the attribute `otel.metric.overflow` alone, and are counted in
/// [`Stats::durations_over_limit`](crate::Stats::durations_over_limit). A view of the provider changes buckets, names and
/// attributes.
///
/// | counter | attributes | counts |
/// | --- | --- | --- |
/// | `tasker.span.steps` | `namespace`, `decision`: `sampled`, `unsampled` | executions of steps, by their [sampling](crate::Sampling) decision |
/// | `tasker.span.steps_sampled_by_error` | `namespace` | unsampled executions that were exported for an error |
/// | `tasker.span.steps_sampled_by_slowness` | `namespace` | unsampled executions that were exported for slowness |
/// | `tasker.span.` and the name of a count in [`Stats`](crate::Stats) | | as described there |
///
/// The attribute `namespace` is absent for steps without a namespace, and for the namespaces that
/// [`Stats::namespaces`](crate::Stats::namespaces) counts together. The sum over `decision` is the number of attempts, from the
/// first rate below 1 on.
/// Names and units follow OpenTelemetry's [semantic conventions](https://opentelemetry.io/docs/specs/semconv/general/metrics/).
///
/// ```
/// use opentelemetry::metrics::MeterProvider;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// let provider = SdkMeterProvider::builder().build();
/// tasker_span_runtime::otel::register_metrics(&provider.meter("tasker-span"));
/// ```
pub fn register_metrics(meter: &Meter) {
    durations::register(meter);
    meter
        .u64_observable_counter("tasker.span.steps")
        .with_unit("{step}")
        .with_description("Executions of steps, by sampling decision.")
        .with_callback(|observer| {
            for (namespace, counts) in stats().namespaces {
                let decision = |decision| attributes(namespace, Some(decision));
                observer.observe(counts.sampled, &decision("sampled"));
                observer.observe(counts.unsampled, &decision("unsampled"));
            }
        })
        .build();
    meter
        .u64_observable_counter("tasker.span.steps_sampled_by_error")
        .with_unit("{step}")
        .with_description("Unsampled executions of steps that were exported for an error.")
        .with_callback(|observer| {
            for (namespace, counts) in stats().namespaces {
                observer.observe(counts.sampled_by_error, &attributes(namespace, None));
            }
        })
        .build();
    meter
        .u64_observable_counter("tasker.span.steps_sampled_by_slowness")
        .with_unit("{step}")
        .with_description("Unsampled executions of steps that were exported for slowness.")
        .with_callback(|observer| {
            for (namespace, counts) in stats().namespaces {
                observer.observe(counts.sampled_by_slowness, &attributes(namespace, None));
            }
        })
        .build();
    for (name, description, counter) in stats::COUNTERS {
        meter
            .u64_observable_counter(format!("tasker.span.{name}"))
            .with_description(description.trim())
            .with_callback(|observer| {
                // A reader calls this before it reads the histograms. Any of these counters may be dropped by a view.
                durations::drain();
                observer.observe(counter(), &[]);
            })
            .build();
    }
}

fn attributes(namespace: Option<&'static str>, decision: Option<&'static str>) -> Vec<KeyValue> {
    let namespace = namespace.map(|namespace| KeyValue::new("namespace", namespace));
    let decision = decision.map(|decision| KeyValue::new("decision", decision));
    namespace.into_iter().chain(decision).collect()
}
