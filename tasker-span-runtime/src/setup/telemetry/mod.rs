//! `Telemetry`: the handle of installed telemetry. Its settings are in `builder`.

mod end;
mod start;

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::export::Pipeline;
use crate::record::{Limits, Recorder, SpanNames};
use crate::setup::builder::TelemetryBuilder;
use crate::setup::destination::exporter_setting;
use crate::setup::env::Setting;
use crate::setup::filter::{TraceFilter, TraceLevels};
use crate::setup::handle::SamplingHandle;
use crate::setup::settings::{EffectiveSetting, SettingSource, Settings};
use crate::setup::watch::Watch;
use crate::span::{OpenWork, OpenWorkRegistry, SpanLayer, UnknownNamespace};
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
/// # tasker_span_runtime::ignore_environment();
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
pub(in crate::setup) struct Parts {
    pub(in crate::setup) disabled: bool,
    pub(in crate::setup) log_settings: bool,
    pub(in crate::setup) strict: bool,
    pub(in crate::setup) unknown_namespace: UnknownNamespace,
    pub(in crate::setup) names: SpanNames,
    pub(in crate::setup) visible: bool,
    pub(in crate::setup) activate_context: bool,
    pub(in crate::setup) levels: TraceLevels,
    pub(in crate::setup) recorder: Recorder,
    pub(in crate::setup) open_work: Option<Arc<OpenWorkRegistry>>,
    pub(in crate::setup) limits: Limits,
    pub(in crate::setup) resource: Resource,
    pub(in crate::setup) pipeline: Pipeline,
    pub(in crate::setup) provider: SdkTracerProvider,
    pub(in crate::setup) tracer: SdkTracer,
    pub(in crate::setup) sampling: SamplingHandle,
    /// From the configuration file.
    pub(in crate::setup) endpoint: Option<Setting<String>>,
    /// Those that never change.
    pub(in crate::setup) settings: Vec<EffectiveSetting>,
}

impl Telemetry {
    /// Starts the setup.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    pub(in crate::setup) fn new(parts: Parts) -> Self {
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
    pub(in crate::setup) fn layer_with<S>(&self, is_only: bool) -> impl Layer<S> + Send + Sync + use<S>
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
    /// # tasker_span_runtime::ignore_environment();
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
    /// # tasker_span_runtime::ignore_environment();
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
    /// # tasker_span_runtime::ignore_environment();
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
