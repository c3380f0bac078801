//! The telemetry of a worker process. What it exports goes through the same batch processor into the same exporter, but
//! fastrace's, which has a pipeline of its own.

mod exporter;
mod fastrace;
mod ours;
mod provider;

use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tasker_span_runtime::{Telemetry, stats};
use tracing::subscriber::set_global_default;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use self::exporter::Tally;
use crate::failure::Failure;
use crate::instrumentation::OpenTelemetry;
use crate::subject::Subject;

/// Where spans go.
#[derive(Clone, Debug)]
pub enum Destination {
    /// An exporter that counts and discards.
    Nowhere,
    /// Nowhere at all: a processor counts and drops them as they end, on the thread that ends them.
    Dropped,
    /// A collector of OTLP over gRPC, by its URL.
    Collector(String),
}

/// The telemetry of this process, for its whole life.
#[derive(Debug)]
pub struct Installed {
    subject: Subject,
    pipeline: Pipeline,
    /// Keeps the rates in force where the pipeline is composed by hand.
    _rates: Option<Telemetry>,
}

#[derive(Debug)]
enum Pipeline {
    Absent,
    Provider(SdkTracerProvider, Tally),
    Telemetry(Box<Telemetry>),
    Fastrace(Tally),
}

/// Longer than an export to this machine can take.
const PATIENCE: Duration = Duration::from_mins(1);

impl Installed {
    /// Installs what the subject runs under. So many namespaces of [`crate::calls::namespace`] have rates of their own, where
    /// the subject has any.
    pub fn new(subject: Subject, destination: &Destination, namespaces: u32) -> Result<Self, Failure> {
        let mut rates = None;
        let pipeline = match subject {
            Subject::Plain | Subject::Off | Subject::OffInstrument => Pipeline::Absent,
            Subject::Kept | Subject::SampledAmongRates => {
                let sampling = match subject {
                    Subject::SampledAmongRates => ours::all_but_one(namespaces),
                    _ => ours::everything(),
                };
                if let Destination::Collector(url) = destination {
                    Pipeline::Telemetry(Box::new(ours::exporting(url, sampling)?))
                } else {
                    rates = Some(ours::rates(sampling)?);
                    let (provider, tally) = ours::provider(destination)?;
                    ours::subscribe(&provider)?;
                    Pipeline::Provider(provider, tally)
                }
            }
            Subject::Dropped => Pipeline::Telemetry(Box::new(ours::dropping(namespaces)?)),
            Subject::Instrument | Subject::LeanInstrument => {
                let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
                instrument(subject == Subject::LeanInstrument, sampler, destination)?
            }
            Subject::DroppedInstrument | Subject::DroppedLeanInstrument => instrument(
                subject == Subject::DroppedLeanInstrument,
                Sampler::AlwaysOff,
                destination,
            )?,
            Subject::OpenTelemetry => {
                let (provider, tally) = provider::exporting(SdkTracerProvider::builder(), destination)?;
                OpenTelemetry::install(provider.tracer("benches"));
                Pipeline::Provider(provider, tally)
            }
            Subject::Fastrace => Pipeline::Fastrace(fastrace::install(destination)?),
        };
        Ok(Self {
            subject,
            pipeline,
            _rates: rates,
        })
    }

    /// Exports what has ended until now.
    pub fn flush(&self) -> Result<(), Failure> {
        match &self.pipeline {
            Pipeline::Absent => Ok(()),
            Pipeline::Provider(provider, _) => provider.force_flush().map_err(Failure::of("flushing")),
            Pipeline::Telemetry(telemetry) => telemetry.flush(PATIENCE).map_err(Failure::of("flushing")),
            Pipeline::Fastrace(_) => {
                ::fastrace::flush();
                Ok(())
            }
        }
    }

    /// How many spans the exporter has been given.
    pub fn exported(&self) -> u64 {
        match &self.pipeline {
            Pipeline::Absent => 0,
            Pipeline::Provider(_, tally) | Pipeline::Fastrace(tally) => tally.spans(),
            Pipeline::Telemetry(_) => stats().spans_exported,
        }
    }

    /// How many executions of steps were dropped, where that is what the subject is there for.
    pub fn dropped(&self) -> Option<u64> {
        (self.subject == Subject::Dropped).then(|| stats().steps_unsampled)
    }

    /// How many exported spans had less than the six attributes.
    pub fn incomplete(&self) -> u64 {
        match &self.pipeline {
            Pipeline::Absent | Pipeline::Telemetry(_) => 0,
            Pipeline::Provider(_, tally) | Pipeline::Fastrace(tally) => tally.incomplete(),
        }
    }
}

fn instrument(is_lean: bool, sampler: Sampler, destination: &Destination) -> Result<Pipeline, Failure> {
    let builder = SdkTracerProvider::builder().with_sampler(sampler);
    let (provider, tally) = provider::exporting(builder, destination)?;
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    let layer = if is_lean {
        layer
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_location(false)
            .with_target(false)
            .with_level(false)
            .with_context_activation(false)
            .with_error_fields_to_exceptions(false)
            .with_error_events_to_status(false)
            .with_error_events_to_exceptions(false)
            .with_error_records_to_exceptions(false)
    } else {
        layer
    };
    let registry = tracing_subscriber::registry();
    let installed = match destination {
        Destination::Nowhere | Destination::Dropped => set_global_default(registry.with(layer)),
        // The exporter's own crates have spans too, which would be exported in turn, for ever.
        Destination::Collector(_) => {
            let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
            set_global_default(registry.with(layer.with_filter(ours)))
        }
    };
    installed.map_err(Failure::of("installing the subscriber"))?;
    Ok(Pipeline::Provider(provider, tally))
}
