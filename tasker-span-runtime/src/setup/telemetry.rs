//! `Telemetry`: the handle of installed telemetry. Its settings are in `builder`.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::error::{Error, Kind};
use crate::outcome::caught;
use crate::record::{Limits, Recorder, is_delivering};
use crate::setup::batch::Batch;
use crate::setup::builder::TelemetryBuilder;
use crate::setup::deadline::within;
use crate::setup::destination::Destination;
use crate::setup::env::{Environment, Setting};
use crate::setup::exporter;
use crate::setup::filter::{TraceFilter, TraceLevels};
use crate::setup::handle::SamplingHandle;
use crate::setup::options::ExportOptions;
use crate::setup::pipeline::Pipeline;
use crate::setup::watch::Watch;
use crate::span::SpanLayer;
use crate::stats::{Stats, stats};
use crate::subscriber::telemetry_layer;

/// The telemetry of this process. Keep it until the end, then call [`shutdown`](Self::shutdown).
///
/// Dropping it shuts down too, but waits for two seconds at most and can only log losses.
///
/// ```
/// use std::time::Duration;
/// use tasker_span_runtime::{ExportOptions, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// // A host that has no Tokio runtime yet, or never will.
/// let telemetry = Telemetry::builder().service_name("tasker-worker").console_only().install()?;
/// tracing::info!("spans have their ids from here on");
///
/// telemetry.start_export(ExportOptions::new().endpoint("http://localhost:4317"))?;
/// let stats = telemetry.shutdown(Duration::from_secs(5))?;
/// assert_eq!(stats.lost(), 0);
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the handle shuts telemetry down"]
pub struct Telemetry {
    parts: Parts,
    /// Watches the configuration file, if requested.
    watch: Option<Watch>,
    is_shut_down: AtomicBool,
    /// The counts when this telemetry was built.
    before: Stats,
}

#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub(super) struct Parts {
    pub(super) disabled: bool,
    pub(super) strict: bool,
    pub(super) visible: bool,
    pub(super) activate_context: bool,
    pub(super) levels: TraceLevels,
    pub(super) recorder: Recorder,
    pub(super) limits: Limits,
    pub(super) resource: Resource,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) provider: SdkTracerProvider,
    pub(super) tracer: SdkTracer,
    pub(super) sampling: SamplingHandle,
    /// From the configuration file.
    pub(super) endpoint: Option<Setting<String>>,
}

/// How long a drop may keep the program waiting.
const DROP_DEADLINE: Duration = Duration::from_secs(2);

impl Telemetry {
    /// Starts the setup.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    pub(super) fn new(parts: Parts) -> Self {
        Self {
            parts,
            watch: None,
            is_shut_down: AtomicBool::new(false),
            before: stats(),
        }
    }

    /// The layer for a subscriber of your own: it exports spans until the handle is dropped.
    ///
    /// It brings its own `tracing-opentelemetry` layer. A program with its own tracer provider uses
    /// [`otel`](crate::otel) instead.
    ///
    /// Do not put it into a `tracing_subscriber::reload::Layer`, which hides it: no span would be recorded. A reloadable
    /// filter on it, or beside it, works.
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    /// # drop(subscriber);
    /// # Ok(())
    /// # }
    /// ```
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        self.layer_with(false)
    }

    /// The layer of a subscriber. `is_only` tells that no other filter in it decides about spans.
    pub(super) fn layer_with<S>(&self, is_only: bool) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let parts = &self.parts;
        let levels = parts.levels.clone();
        (!parts.disabled).then(|| {
            let layer = SpanLayer::with_recorder(parts.recorder.clone()).change(|settings| {
                settings.is_strict = parts.strict;
                settings.limits = parts.limits;
                settings.activates_context = parts.activate_context;
                settings.is_always_visible = parts.visible;
                if is_only {
                    let levels = levels.clone();
                    settings.trace_filter = Some(Arc::new(move |metadata| levels.passes(metadata)));
                }
            });
            telemetry_layer(layer, parts.tracer.clone(), levels.clone(), TraceFilter(levels))
        })
    }

    /// The tracer behind the layer, for code on OpenTelemetry's own API.
    ///
    /// ```
    /// use opentelemetry::trace::{Span, Tracer};
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// let span = telemetry.tracer().start("by hand");
    /// assert!(span.span_context().is_valid());
    /// # Ok(())
    /// # }
    /// ```
    pub fn tracer(&self) -> SdkTracer {
        self.parts.tracer.clone()
    }

    /// The provider, for `opentelemetry::global::set_tracer_provider`.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// opentelemetry::global::set_tracer_provider(telemetry.provider());
    /// # Ok(())
    /// # }
    /// ```
    pub fn provider(&self) -> SdkTracerProvider {
        self.parts.provider.clone()
    }

    /// The sampling rates, to read and to change at run time.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// let sampling = telemetry.sampling();
    /// sampling.set(sampling.current().namespace_rate("analytics", 0.01))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sampling(&self) -> SamplingHandle {
        self.parts.sampling.clone()
    }

    /// Applies the sampling rates, and watches the configuration file at this interval.
    pub(super) fn begin(&mut self, watch_config: Option<Duration>) -> Result<(), Error> {
        if self.parts.disabled {
            return Ok(());
        }
        self.parts.sampling.apply()?;
        if let Some(interval) = watch_config {
            self.watch = Some(Watch::start(self.sampling(), interval)?);
        }
        Ok(())
    }

    /// Starts to export, after [`console_only`](TelemetryBuilder::console_only). Spans that ended before are not exported.
    /// Open spans will be.
    ///
    /// # Errors
    ///
    /// A setting is wrong, the exporter cannot be built, or the telemetry already exports or is shut down.
    pub fn start_export(&self, options: ExportOptions) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::Acquire) {
            return Err(Error::shut_down());
        }
        self.start_export_in(options, Environment::process())
    }

    pub(super) fn start_export_in(&self, mut options: ExportOptions, env: Environment<'_>) -> Result<(), Error> {
        options.configured_endpoint.clone_from(&self.parts.endpoint);
        let (destination, batch) = (Destination::resolve(options, env)?, Batch::resolve(env)?);
        if self.parts.disabled {
            return Ok(());
        }
        self.parts
            .pipeline
            .start(|| exporter::queue(&destination, batch, &self.parts.resource))
    }

    /// Exports every span that has ended. Blocks for `deadline` at most, whatever the collector does; where the system gives no
    /// thread for the flush, whatever the span processors do. In an asynchronous
    /// program, call it in `spawn_blocking`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// telemetry.flush(Duration::from_secs(5))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The deadline passed, the collector did not accept the spans, the telemetry is shut down, or a span processor is the
    /// caller.
    pub fn flush(&self, deadline: Duration) -> Result<(), Error> {
        if self.is_shut_down.load(Ordering::Acquire) {
            return Err(Error::shut_down());
        }
        not_in_processor("flush")?;
        let pipeline = Arc::clone(&self.parts.pipeline);
        let flush = move || pipeline.flush(deadline);
        match within(deadline, "flush", flush)? {
            Ok(()) => Ok(()),
            Err(OTelSdkError::Timeout(_)) => Err(Error::timeout("the flush", deadline)),
            Err(error) => Err(Error::exporter("the collector did not take the spans", error)),
        }
    }

    /// Exports the remaining spans, stops, and returns the counts since the telemetry was built: check
    /// [`Stats::lost`]. In an asynchronous program, call it in `spawn_blocking`. Spans that end later count as lost. Blocks for `deadline` at most, whatever the collector does. Losses are logged as one warning. A second call
    /// only returns the counts.
    ///
    /// # Errors
    ///
    /// The deadline passed and spans may be lost, the exporter failed to stop, or a span processor is the caller.
    pub fn shutdown(&self, deadline: Duration) -> Result<Stats, Error> {
        not_in_processor("shut down")?;
        if self.is_shut_down.swap(true, Ordering::AcqRel) {
            return Ok(self.stats());
        }
        if let Some(watch) = &self.watch {
            watch.stop();
        }
        let pipeline = Arc::clone(&self.parts.pipeline);
        // The SDK's own limit is longer, so that ours always passes first.
        let limit = deadline.saturating_add(Duration::from_secs(1));
        let result = within(deadline, "shutdown", move || pipeline.shutdown(limit));
        let stats = self.stats();
        caught(|| log_shutdown(&stats));
        match result? {
            // By the program, through the provider.
            Ok(()) | Err(OTelSdkError::AlreadyShutdown) => Ok(stats),
            Err(error) => Err(Error::exporter("the exporter did not stop", error)),
        }
    }

    /// The counts since this telemetry was built.
    fn stats(&self) -> Stats {
        stats().since(&self.before)
    }
}

/// A span processor would wait for itself.
fn not_in_processor(what: &str) -> Result<(), Error> {
    if is_delivering() {
        let text = format!("a span processor cannot {what} the telemetry that calls it: it would wait for itself");
        return Err(Error::new(Kind::Exporter, text));
    }
    Ok(())
}

fn log_shutdown(stats: &Stats) {
    let (ended, exported, not_exported) = (stats.spans_ended, stats.spans_exported, stats.spans_not_exported);
    let (failed, lost) = (stats.spans_export_failed, stats.lost());
    if lost > 0 {
        tracing::warn!(
            target: "tasker_span",
            ended, exported, not_exported, failed, lost,
            "telemetry was shut down and spans were lost; check the collector and the size of the queue"
        );
    } else {
        tracing::debug!(target: "tasker_span", ended, exported, not_exported, "telemetry was shut down");
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if !self.is_shut_down.load(Ordering::Acquire) {
            // The counts are logged; a destructor cannot return the error.
            let _ = self.shutdown(DROP_DEADLINE);
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("disabled", &self.parts.disabled)
            .field("is_shut_down", &self.is_shut_down)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}
