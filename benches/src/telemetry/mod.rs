//! The telemetry of a process. All subjects export into the same exporter through the SDK's batch
//! processor, except ours and fastrace, whose pipelines are their own.

mod exporter;
mod ours;

use std::borrow::Cow;

use anyhow::{Context, Result, ensure};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tasker_span_runtime::stats;
use tracing::subscriber::set_global_default;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use self::exporter::{Counting, Reporting, Tally, exporting, otlp, resource};
use crate::instrumentation::TRACER;
use crate::subject::Subject;

/// The protocol of OTLP.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Wire {
    Grpc,
    Http,
}

/// The destination of spans.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Destination {
    /// An exporter that counts and discards.
    Discard,
    /// A processor that counts and discards on the thread that ends the span.
    DiscardAtEnd,
    /// A collector of OTLP, by its URL.
    Collector(String, Wire),
}

/// The telemetry of this process, for its whole life.
pub(crate) struct Installed {
    subject: Subject,
    pipeline: Pipeline,
}

/// A count of the exported spans, and a function that exports.
type Pipeline = (Tally, Box<dyn Fn() -> Result<()>>);

impl Installed {
    /// Installs the telemetry of a subject. So many namespaces have rates of their own, if the
    /// subject has rates.
    pub(crate) fn new(subject: Subject, destination: &Destination, namespaces: usize) -> Result<Self> {
        let pipeline = match subject {
            Subject::Plain | Subject::NoSubscriber | Subject::InstrumentNoSubscriber => {
                (Tally::default(), Box::new(|| Ok(())) as _)
            }
            _ if subject.is_ours() => ours::install(subject, destination, namespaces)?,
            Subject::OpenTelemetry => {
                let (builder, tally) = exporting(SdkTracerProvider::builder(), destination)?;
                let provider = builder.build();
                TRACER.get_or_init(|| provider.tracer("benches"));
                (tally, flush(provider))
            }
            Subject::Fastrace => fastrace(destination)?,
            _ => instrument(subject, destination)?,
        };
        Ok(Self { subject, pipeline })
    }

    /// Exports the spans that have ended.
    pub(crate) fn flush(&self) -> Result<()> {
        (self.pipeline.1)()
    }

    /// The spans that were exported, by an exporter that counts or by our own of OTLP, which our
    /// statistics count.
    pub(crate) fn exported(&self) -> u64 {
        match self.pipeline.0.get() {
            [0, _] => stats().spans_exported,
            [counted, _] => counted,
        }
    }

    /// Checks that so many spans were exported with their attributes, or none if the subject
    /// exports none.
    pub(crate) fn check(&self, spans: u64) -> Result<()> {
        let expected = if self.subject.is_exported() { spans } else { 0 };
        let (exported, incomplete) = (self.exported(), self.pipeline.0.get()[1]);
        ensure!(exported == expected, "{exported} spans exported of {expected}");
        ensure!(incomplete == 0, "{incomplete} spans lack attributes");
        Ok(())
    }
}

fn flush(provider: SdkTracerProvider) -> Box<dyn Fn() -> Result<()>> {
    Box::new(move || provider.force_flush().context("flushing"))
}

fn instrument(subject: Subject, destination: &Destination) -> Result<Pipeline> {
    let builder = SdkTracerProvider::builder();
    let builder = if subject.is_exported() {
        builder.with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    } else {
        builder.with_sampler(Sampler::AlwaysOff)
    };
    let (builder, tally) = exporting(builder, destination)?;
    let provider = builder.build();
    let mut layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    if matches!(
        subject,
        Subject::InstrumentLeanest | Subject::InstrumentLeanestUnsampled
    ) {
        layer = layer
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_location(false)
            .with_target(false)
            .with_level(false)
            .with_context_activation(false)
            .with_error_fields_to_exceptions(false)
            .with_error_events_to_status(false)
            .with_error_events_to_exceptions(false)
            .with_error_records_to_exceptions(false);
    }
    let registry = tracing_subscriber::registry();
    let installed = if let Destination::Collector(..) = destination {
        // The exporter's own crates have spans too, which would be exported in turn, for ever.
        let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
        set_global_default(registry.with(layer.with_filter(ours)))
    } else {
        set_global_default(registry.with(layer))
    };
    installed.context("installing the subscriber")?;
    Ok((tally, flush(provider)))
}

fn fastrace(destination: &Destination) -> Result<Pipeline> {
    let (tally, config) = (Tally::default(), fastrace::collector::Config::default());
    if let Destination::Collector(url, wire) = destination {
        let exporter = Counting(Some(otlp(url, *wire)?), tally.clone());
        let scope = InstrumentationScope::builder("benches").build();
        let reporter = OpenTelemetryReporter::new(exporter, Cow::Owned(resource()), scope);
        fastrace::set_reporter(reporter, config);
    } else {
        // Its spans always go through the thread of its collector.
        fastrace::set_reporter(Reporting(tally.clone()), config);
    }
    let flush = || {
        fastrace::flush();
        Ok(())
    };
    Ok((tally, Box::new(flush)))
}
