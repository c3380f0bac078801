//! The counts of this process, as OpenTelemetry metrics.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::namespace_stats::namespace_stats;
use crate::stats;

/// Registers the counts of this crate as observable counters of `meter`. Once per meter provider: the counts are the
/// process's. Nothing happens where spans start; the counts are read when the provider collects.
///
/// | counter | attributes | counts |
/// | --- | --- | --- |
/// | `tasker.span.steps` | `namespace`, `decision`: `kept`, `dropped` | executions of steps, by what [sampling](crate::Sampling) decided |
/// | `tasker.span.steps_kept_by_error` | `namespace` | those of the dropped that were exported for an error in them |
/// | `tasker.span.` and the name of a count in [`Stats`](crate::Stats) | | as described there |
///
/// Where a step has no namespace, the attribute is absent; so it is for the namespaces that
/// [`namespace_stats`](crate::namespace_stats()) counts together. The sum over `decision` is the number of attempts. The
/// rules for names and units are those of OpenTelemetry's [semantic
/// conventions](https://opentelemetry.io/docs/specs/semconv/general/metrics/).
///
/// ```
/// use opentelemetry::metrics::MeterProvider;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
///
/// let provider = SdkMeterProvider::builder().build();
/// tasker_span_runtime::register_metrics(&provider.meter("tasker-span"));
/// ```
pub fn register_metrics(meter: &Meter) {
    meter
        .u64_observable_counter("tasker.span.steps")
        .with_unit("{step}")
        .with_description("Executions of steps, by what sampling decided.")
        .with_callback(|observer| {
            for (namespace, counts) in namespace_stats() {
                let decision = |decision| attributes(namespace, Some(decision));
                observer.observe(counts.kept, &decision("kept"));
                observer.observe(counts.dropped, &decision("dropped"));
            }
        })
        .build();
    meter
        .u64_observable_counter("tasker.span.steps_kept_by_error")
        .with_unit("{step}")
        .with_description("Executions of dropped steps that were exported for an error in them.")
        .with_callback(|observer| {
            for (namespace, counts) in namespace_stats() {
                observer.observe(counts.kept_by_error, &attributes(namespace, None));
            }
        })
        .build();
    for (name, description, counter) in stats::COUNTERS {
        meter
            .u64_observable_counter(format!("tasker.span.{name}"))
            .with_description(description.trim())
            .with_callback(|observer| observer.observe(counter.get(), &[]))
            .build();
    }
}

fn attributes(namespace: Option<&'static str>, decision: Option<&'static str>) -> Vec<KeyValue> {
    let namespace = namespace.map(|namespace| KeyValue::new("namespace", namespace));
    let decision = decision.map(|decision| KeyValue::new("decision", decision));
    namespace.into_iter().chain(decision).collect()
}
