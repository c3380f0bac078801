//! `register_metrics`: the counts of `stats` as OpenTelemetry metrics.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Meter;

use crate::stats::{self, stats};

/// Registers the counts of this crate as observable counters of `meter`. Once per meter provider: the counts are the
/// process's. Nothing happens where spans start; the counts are read when the provider collects.
///
/// | counter | attributes | counts |
/// | --- | --- | --- |
/// | `tasker.span.steps` | `namespace`, `decision`: `sampled`, `unsampled` | executions of steps, by their [sampling](crate::Sampling) decision |
/// | `tasker.span.steps_sampled_by_error` | `namespace` | unsampled executions that were exported for an error |
/// | `tasker.span.steps_sampled_by_slowness` | `namespace` | unsampled executions that were exported for slowness |
/// | `tasker.span.` and the name of a count in [`Stats`](crate::Stats) | | as described there |
///
/// The attribute `namespace` is absent for steps without a namespace, and for the namespaces that
/// [`Stats::namespaces`](crate::Stats::namespaces) counts together. The sum over `decision` is the number of attempts.
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
            .with_callback(|observer| observer.observe(counter.get(), &[]))
            .build();
    }
}

fn attributes(namespace: Option<&'static str>, decision: Option<&'static str>) -> Vec<KeyValue> {
    let namespace = namespace.map(|namespace| KeyValue::new("namespace", namespace));
    let decision = decision.map(|decision| KeyValue::new("decision", decision));
    namespace.into_iter().chain(decision).collect()
}
