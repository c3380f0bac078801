//! `Telemetry`: the handle of installed telemetry. Its settings are in `builder`.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::catalogue::copies;
use crate::error::Error;
use crate::export::Pipeline;
use crate::outcome::caught;
use crate::record::{Limits, Recorder, SpanNames, is_delivering};
use crate::setup::batch::Batch;
use crate::setup::builder::TelemetryBuilder;
use crate::setup::destination::{Destination, exporter_setting};
use crate::setup::env::{Environment, Setting};
use crate::setup::exporter::exporter;
use crate::setup::filter::{TraceFilter, TraceLevels};
use crate::setup::handle::SamplingHandle;
use crate::setup::options::ExportOptions;
use crate::setup::settings::{EffectiveSetting, SettingSource, Settings};
use crate::setup::warnings::Warnings;
use crate::setup::watch::Watch;
use crate::span::{OpenWork, OpenWorkRegistry, SpanLayer, UnknownNamespace, await_layer, cancel_detached, note_end};
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
    /// Of the export, once it has started.
    export_settings: OnceLock<Vec<EffectiveSetting>>,
    warnings: Mutex<Vec<String>>,
}

#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub(super) struct Parts {
    pub(super) disabled: bool,
    pub(super) log_settings: bool,
    pub(super) strict: bool,
    pub(super) unknown_namespace: UnknownNamespace,
    pub(super) names: SpanNames,
    pub(super) visible: bool,
    pub(super) activate_context: bool,
    pub(super) levels: TraceLevels,
    pub(super) recorder: Recorder,
    pub(super) open_work: Option<Arc<OpenWorkRegistry>>,
    pub(super) limits: Limits,
    pub(super) resource: Resource,
    pub(super) pipeline: Pipeline,
    pub(super) provider: SdkTracerProvider,
    pub(super) tracer: SdkTracer,
    pub(super) sampling: SamplingHandle,
    /// From the configuration file.
    pub(super) endpoint: Option<Setting<String>>,
    /// Those that never change.
    pub(super) settings: Vec<EffectiveSetting>,
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
            export_settings: OnceLock::new(),
            warnings: Mutex::default(),
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
                settings.unknown_namespace = parts.unknown_namespace;
                settings.names = parts.names;
                settings.limits = parts.limits;
                settings.open_work = parts.open_work.clone().map(|open_work| open_work as _);
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

    /// The tasks and steps that this process has begun and not ended, the oldest first: for an endpoint of the program's own.
    /// Empty without [`running_after`](TelemetryBuilder::running_after).
    ///
    /// A step is open while its `step.execution` is. A task is open while its `task.orchestration` is, or else from a
    /// `task.state_transition` into a running state until one into a terminal state. If another process ends the task, it stays
    /// in this list until the 16,384 places are needed. Spans of other code are not in it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tasker_span_runtime::{Telemetry, Uuid, step_scope};
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let builder = Telemetry::builder().running_after(Duration::from_secs(10));
    /// let telemetry = builder.console_only().build()?;
    /// let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    /// tracing::subscriber::with_default(subscriber, || {
    ///     let task = Uuid::from_u128(7);
    ///     let step = step_scope!(
    ///         "step.execution",
    ///         task_uuid = task,
    ///         step_uuid = Uuid::from_u128(8),
    ///         correlation_id = task,
    ///         namespace = "payments",
    ///         handler_name = "charge_payment",
    ///     );
    ///     step.in_scope(|| assert_eq!(telemetry.open_work()[0].handler_name(), Some("charge_payment")));
    /// });
    /// assert!(telemetry.open_work().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn open_work(&self) -> Vec<OpenWork> {
        self.parts
            .open_work
            .as_ref()
            .map_or_else(Vec::new, |open_work| open_work.list())
    }

    /// The effective settings, each with its source, as they are now.
    ///
    /// The line that they are logged as can be logged at another moment, too:
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().without_settings_line().console_only().build()?;
    /// // … install your subscriber with `telemetry.layer()` …
    /// let settings = telemetry.settings();
    /// tracing::info!("{settings}");
    /// assert!(settings.to_string().starts_with("not exporting (.console_only(…))"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn settings(&self) -> Settings {
        let parts = &self.parts;
        let sampling = if parts.disabled {
            parts.sampling.resolved()
        } else {
            parts.sampling.effective()
        };
        let console_only = || vec![exporter_setting("none", SettingSource::Builder("console_only"))];
        let export = match self.export_settings.get() {
            Some(settings) => settings.clone(),
            None if parts.disabled => Vec::new(),
            None => console_only(),
        };
        let warnings = self.warnings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Settings::new([&*parts.settings, &sampling, &export].concat(), warnings)
    }

    /// Logs the warnings, and one line with the settings.
    pub(super) fn log_start(&self, warnings: Warnings) {
        self.log_when_heard(warnings, self.settings().to_string());
    }

    /// Logs the warnings and the line: now, or, if no subscriber is there yet, when the first span has ended.
    fn log_when_heard(&self, warnings: Warnings, line: String) {
        let mut all = self.warnings.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(warnings.messages());
        // A subscriber may read the settings.
        drop(all);
        let log_settings = self.parts.log_settings;
        let log = move || {
            warnings.log();
            if log_settings {
                tracing::info!(target: "tasker_span", "{line}");
            }
        };
        if tracing::enabled!(target: "tasker_span", Level::WARN) {
            log();
        } else {
            self.parts.pipeline.before_spans(log);
        }
    }

    /// Applies the sampling rates, and watches the configuration file at this interval.
    pub(super) fn begin(&mut self, watch_config: Option<Duration>) -> Result<(), Error> {
        if self.parts.disabled {
            return Ok(());
        }
        self.parts.sampling.apply()?;
        await_layer();
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
        let mut warnings = Warnings::default();
        self.start_export_in(options, Environment::process(), &mut warnings)?;
        if !self.parts.disabled {
            self.log_when_heard(warnings, self.settings().destination().to_string());
        }
        Ok(())
    }

    pub(super) fn start_export_in(
        &self,
        mut options: ExportOptions,
        env: Environment<'_>,
        warnings: &mut Warnings,
    ) -> Result<(), Error> {
        // A program whose telemetry is in the way starts without it, whatever else is set.
        if self.parts.disabled {
            return Ok(());
        }
        options.configured_endpoint.clone_from(&self.parts.endpoint);
        let (destination, batch) = (Destination::resolve(options, env, warnings)?, Batch::resolve(env)?);
        let Parts { pipeline, resource, .. } = &self.parts;
        pipeline.start(|| exporter(&destination, batch, pipeline, resource))?;
        // Only the first export starts.
        let _ = self
            .export_settings
            .set([&*destination.settings(env), &batch.settings(env)].concat());
        Ok(())
    }

    /// Exports every span that has ended. Blocks for `deadline` at most, whatever the collector and span processors do. Several
    /// callers at once get the same answer. In an asynchronous program, call it in `spawn_blocking`.
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
    /// The deadline passed, the collector did not accept the spans, the telemetry is shut down, the system gave no thread for
    /// the export, the process was forked after it had started, or a span processor is the caller.
    pub fn flush(&self, deadline: Duration) -> Result<(), Error> {
        self.parts.pipeline.flush(deadline)
    }

    /// Exports the remaining spans, those of open [detached spans](crate::DetachedSpan) as cancelled, stops, and returns the counts since the telemetry was built: check
    /// [`Stats::lost`]. In an asynchronous program, call it in `spawn_blocking`. Blocks for `deadline` at most, whatever the
    /// collector does. Losses are logged as one warning.
    ///
    /// Every later or concurrent call waits for the first one, within its own deadline, and gets the same answer. Spans that
    /// end later count as lost.
    ///
    /// # Errors
    ///
    /// The deadline passed and spans may be lost, the exporter failed to stop, or the reasons of [`flush`](Self::flush). Then
    /// [`stats`](Self::stats) has the counts. A deadline that is shorter than the timeout of an export, 10 seconds by default,
    /// may pass before a batch is given up.
    pub fn shutdown(&self, deadline: Duration) -> Result<Stats, Error> {
        // A span processor would wait for itself.
        if is_delivering() {
            return self.parts.pipeline.shutdown(deadline).map(|()| self.stats());
        }
        let is_first = !self.is_shut_down.swap(true, Ordering::AcqRel);
        if is_first {
            if let Some(watch) = &self.watch {
                watch.stop();
            }
            cancel_detached(&self.parts.recorder);
        }
        let result = self.parts.pipeline.shutdown(deadline);
        let stats = self.stats();
        if is_first {
            if !self.parts.disabled {
                note_end(self.before.spans_without_layer);
            }
            copies::report();
            caught(|| match &result {
                Err(error) if self.parts.pipeline.queue().is_forked() => log_forked(error),
                result => log_shutdown(&stats, result.is_ok()),
            });
        }
        result.map(|()| stats)
    }

    /// The counts since this telemetry was built: those of [`shutdown`](Self::shutdown) too, if that returns an error.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.stats().lost() + telemetry.stats().pending(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        stats().since(&self.before)
    }
}

/// The counts are those of the parent, and what this process has added to them.
fn log_forked(error: &Error) {
    tracing::warn!(target: "tasker_span", %error, "the spans of this process are not exported");
}

fn log_shutdown(stats: &Stats, has_ended: bool) {
    let (ended, exported, not_exported) = (stats.spans_ended, stats.spans_exported, stats.spans_not_exported);
    if stats.lost() + stats.pending() == 0 {
        tracing::debug!(target: "tasker_span", ended, exported, not_exported, "telemetry was shut down");
        return;
    }
    let (refused, failed, rejected) = (stats.spans_refused, stats.spans_export_failed, stats.spans_rejected);
    let (after_shutdown, pending) = (stats.spans_after_shutdown, stats.pending());
    let what = if has_ended {
        "telemetry was shut down and not all spans were exported"
    } else {
        "the deadline of the shutdown has passed and not all spans are exported"
    };
    let advice = if refused > 0 {
        "check the collector and the size of the queue"
    } else {
        "check the collector"
    };
    tracing::warn!(
        target: "tasker_span",
        ended, exported, not_exported, refused, failed, rejected, after_shutdown, pending,
        "{what}; {advice}"
    );
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if is_delivering() {
            // The thread ends when the processor that drops the handle has returned.
            self.parts.pipeline.request_shutdown();
        } else if !self.is_shut_down.load(Ordering::Acquire) {
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
