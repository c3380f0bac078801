//! `TelemetryBuilder`: the settings of a program. `assemble` builds telemetry from them.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanExporter, SpanProcessor};

use crate::export::SharedProcessor;
use crate::outcome::ErrorDescription;
use crate::record::SpanNames;
use crate::redact::Redactor;
use crate::sampling::Sampling;
use crate::secret::Secret;
use crate::setup::config::{Files, Presence};
use crate::setup::console::Console;
use crate::setup::options::ExportOptions;
use crate::setup::own_exporter::OwnExporter;
use crate::setup::own_layers::OwnLayers;
use crate::span::UnknownNamespace;

/// Sets up [`Telemetry`](crate::Telemetry).
///
/// # The environment
///
/// The standard variables win over the methods, so that an operator can redirect any program. An empty variable counts as
/// unset. A wrong value is an [`Error`](crate::Error) that names the variable. A value of OpenTelemetry's specification that
/// is not supported is a warning, and so is a wrong `RUST_LOG`, because other programs read it too. [`install`](Self::install)
/// logs warnings to its console, [`build`](Self::build) to the current subscriber, or if there is none, to the subscriber that
/// is there when the first span has ended. [`Telemetry::settings`](crate::Telemetry::settings) has them, too, and the source of
/// each setting.
///
/// [All variables of the specification](https://github.com/tasker-systems/tasker-span/blob/main/docs/operations.md#environment-variables)
/// have a table with their effects. These overrule methods:
///
/// | variable | overrules |
/// | --- | --- |
/// | `OTEL_SDK_DISABLED` | everything: `true` leaves the console only, whose lines have no ids. [`TraceContext::current`](crate::TraceContext::current) still has them, with the flag "not sampled" |
/// | `OTEL_TRACES_EXPORTER` | the exporter: `otlp`, `console` (a line per span on standard output), `none` |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_TRACES_ENDPOINT` | [`endpoint`](ExportOptions::endpoint); over HTTP the first is a base URL, the second exact |
/// | `OTEL_EXPORTER_OTLP_PROTOCOL`, `…_TRACES_PROTOCOL` | [`protocol`](ExportOptions::protocol): `grpc`, `http/protobuf` |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT`, `…_TRACES_TIMEOUT`, `OTEL_BSP_EXPORT_TIMEOUT` | [`timeout`](ExportOptions::timeout), in milliseconds |
/// | `OTEL_EXPORTER_OTLP_HEADERS`, `…_TRACES_HEADERS` | [`header`](ExportOptions::header), name by name |
/// | `OTEL_EXPORTER_OTLP_COMPRESSION`, `…_TRACES_COMPRESSION` | [`compression`](ExportOptions::compression): `gzip`, `none` |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE`, `…_TRACES_CERTIFICATE` | [`certificate`](ExportOptions::certificate), [`system_roots`](ExportOptions::system_roots) |
/// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`, `…_CLIENT_KEY`, and their `…_TRACES_…` forms | [`client_certificate`](ExportOptions::client_certificate) |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | [`service_name`](Self::service_name), [`resource_attribute`](Self::resource_attribute), [`resource`](Self::resource) |
/// | `OTEL_SERVICE_VERSION`; `DEPLOYMENT_ENVIRONMENT`, else `TASKER_ENV` | nothing: `service.version` and `deployment.environment.name`, if no other source has them |
/// | `TELEMETRY_ENABLED` | everything, as `OTEL_SDK_DISABLED`, which wins over it |
/// | `TASKER_SPAN_NAMESPACE_RATES` | the rates of namespaces in [`sampling`](Self::sampling), name by name: `payments=1.0,analytics=0.01` |
/// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the rate of task spans in [`sampling`](Self::sampling), and the sampler of spans that belong to no task |
/// | `TASKER_SPAN_NAMES` | [`span_names`](Self::span_names): `plain`, `detailed` |
/// | `TASKER_SPAN_RUNNING_AFTER` | [`running_after`](Self::running_after): `10s` |
/// | `TASKER_SPAN_SAMPLE_SLOWER_THAN` | [`Sampling::slower_than`] in [`sampling`](Self::sampling): `5s` |
/// | `RUST_LOG` | [`log_filter`](Self::log_filter), in the same syntax: fields of spans cannot be named |
/// | `OTEL_BSP_SCHEDULE_DELAY`, `…_MAX_QUEUE_SIZE`, `…_MAX_EXPORT_BATCH_SIZE` | the longest wait for a full batch, the queue, a batch: 5000 ms, 2048 and 512 spans |
/// | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT` | how many attributes a span has: 128 |
/// | `OTEL_SPAN_EVENT_COUNT_LIMIT`, `OTEL_SPAN_LINK_COUNT_LIMIT` | how many events and links a span has: 128 each |
/// | `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT` | how many attributes an event or a link has: 128 each |
/// | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | the longest text of an attribute, in characters. Without it only texts of events have a limit: 8,192 characters, and 128 KiB for 128 events |
///
/// A variable for traces (`…_TRACES_…`) wins over the one for all signals, and a limit of spans, events or links over that of
/// all attributes.
///
/// # The configuration file
///
/// The file of [`config_file`](Self::config_file) wins over the methods. The variables win over the file:
///
/// | variable | wins over key of the file | which wins over method |
/// | --- | --- | --- |
/// | `OTEL_SDK_DISABLED`, `TELEMETRY_ENABLED` | `telemetry.enabled`, `telemetry.tracing.enabled` | |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | `telemetry.service_name` | [`service_name`](Self::service_name) |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_TRACES_ENDPOINT` | `telemetry.exporter_endpoint` | [`endpoint`](ExportOptions::endpoint), also that of [`start_export`](crate::Telemetry::start_export) |
/// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | `telemetry.tracing.sampler`, `….sample_rate` | [`Sampling::task_rate`] |
/// | | `telemetry.tracing.unknown_namespace` | [`unknown_namespace`](Self::unknown_namespace) |
/// | `TASKER_SPAN_NAMES` | `telemetry.tracing.span_names` | [`span_names`](Self::span_names) |
/// | `TASKER_SPAN_RUNNING_AFTER` | `telemetry.tracing.running_after` | [`running_after`](Self::running_after) |
/// | `TASKER_SPAN_SAMPLE_SLOWER_THAN` | `telemetry.tracing.sample_slower_than` | [`Sampling::slower_than`] |
/// | | `telemetry.tracing.slower_than.namespaces.…`, name by name | [`Sampling::namespace_slower_than`] |
/// | | `telemetry.tracing.slower_than.handlers.…`, name by name | [`Sampling::handler_slower_than`] |
/// | | `telemetry.tracing.steps.sample_rate` | [`Sampling::step_rate`] |
/// | | `telemetry.tracing.steps.keep_errors` | [`Sampling::keep_errors`] |
/// | `TASKER_SPAN_NAMESPACE_RATES` | `telemetry.tracing.steps.namespaces.…`, name by name | [`Sampling::namespace_rate`] |
///
/// A wrong value is an error even if another value wins over it. Settings of the export are read only if spans go to a
/// collector: not with `OTEL_SDK_DISABLED=true`, `OTEL_TRACES_EXPORTER=none` or `console`, or
/// [`span_exporter`](Self::span_exporter).
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use tasker_span_runtime::{ExportOptions, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder()
///     .service_name("tasker-orchestration")
///     .export(ExportOptions::new().endpoint("http://localhost:4317"))
///     .log_filter("info,sqlx=warn")
///     .install()?;
/// // … the program …
/// telemetry.shutdown(Duration::from_secs(5))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `install` or `build`"]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub struct TelemetryBuilder {
    pub(super) service_name: Option<String>,
    pub(super) resource_attributes: Vec<(String, Secret<String>)>,
    pub(super) omitted_attributes: Vec<String>,
    pub(super) resources: Vec<Resource>,
    pub(super) processors: Vec<SharedProcessor>,
    pub(super) redactor: Option<Redactor>,
    pub(super) layers: OwnLayers,
    pub(super) export: ExportOptions,
    pub(super) console_only: bool,
    pub(super) console: Console,
    pub(super) log_filter: String,
    pub(super) log_sampled_only: bool,
    pub(super) log_filter_by_sampling: bool,
    pub(super) log_records: bool,
    pub(super) log_settings: bool,
    pub(super) trace_filter: String,
    pub(super) strict: bool,
    pub(super) unknown_namespace: UnknownNamespace,
    pub(super) names: SpanNames,
    pub(super) running_after: Option<Duration>,
    pub(super) visible: Option<bool>,
    pub(super) activate_context: bool,
    pub(super) error_description: ErrorDescription,
    pub(super) sampling: Sampling,
    pub(super) config_files: Files,
    pub(super) watch_config: Option<Duration>,
}

impl TelemetryBuilder {
    pub(super) fn new() -> Self {
        Self {
            service_name: None,
            resource_attributes: Vec::new(),
            omitted_attributes: Vec::new(),
            resources: Vec::new(),
            processors: Vec::new(),
            redactor: None,
            layers: OwnLayers::default(),
            export: ExportOptions::new(),
            console_only: false,
            console: Console::default(),
            log_filter: "info".to_owned(),
            log_sampled_only: false,
            log_filter_by_sampling: false,
            log_records: true,
            log_settings: true,
            trace_filter: "info".to_owned(),
            strict: false,
            unknown_namespace: UnknownNamespace::default(),
            names: SpanNames::default(),
            running_after: None,
            visible: None,
            activate_context: false,
            error_description: ErrorDescription::default(),
            sampling: Sampling::new(),
            config_files: Files::default(),
            watch_config: None,
        }
    }

    /// The service name of this program. Without a name, or with a blank one in the environment, it is
    /// `unknown_service:` and the name of the executable.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// The version of this program, which only its own crate knows: the attribute `service.version` of the resource.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder()
    ///     .service_name("tasker-worker")
    ///     .service_version(env!("CARGO_PKG_VERSION"))
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn service_version(self, version: impl Into<String>) -> Self {
        self.resource_attribute("service.version", version)
    }

    /// Omits an attribute that the resource has by default. Any other source of it still sets it.
    ///
    /// By default, the resource has these attributes of
    /// [OpenTelemetry's conventions](https://opentelemetry.io/docs/specs/semconv/resource/):
    ///
    /// | attribute | value |
    /// | --- | --- |
    /// | `service.instance.id` | a random UUID of the process |
    /// | `host.name` | the name of the host |
    /// | `process.pid` | the number of the process |
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let builder = tasker_span_runtime::Telemetry::builder().omit_resource_attribute("host.name");
    /// let telemetry = builder.console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn omit_resource_attribute(mut self, name: impl Into<String>) -> Self {
        self.omitted_attributes.push(name.into());
        self
    }

    /// An attribute of the resource, such as `deployment.environment.name`.
    pub fn resource_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource_attributes.push((name.into(), Secret::new(value.into())));
        self
    }

    /// A resource of the program's own, such as that of detectors for the host or the container. Of several, the later wins.
    /// [`service_name`](Self::service_name), the file and [`resource_attribute`](Self::resource_attribute) win over it, and the
    /// environment over all of them.
    ///
    /// ```
    /// use opentelemetry::KeyValue;
    /// use opentelemetry_sdk::Resource;
    /// use opentelemetry_sdk::resource::ResourceDetector;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// struct Host;
    ///
    /// impl ResourceDetector for Host {
    ///     fn detect(&self) -> Resource {
    ///         Resource::builder_empty().with_attribute(KeyValue::new("host.name", "worker-7")).build()
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let detected = Resource::builder_empty().with_detector(Box::new(Host)).build();
    /// let telemetry = Telemetry::builder().resource(detected).console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// A span processor of the program. It gets every span that ends, beside the exporter.
    ///
    /// Spans of this crate are finished when a processor gets them: its `on_end` is called on a background thread, soon after
    /// the end and in order, and its `on_start` is not called. Those of other code come at once, as from OpenTelemetry's SDK.
    ///
    /// ```
    /// # #[cfg(feature = "testing")]
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// use tasker_span_runtime::{Telemetry, testing::SpanStore};
    ///
    /// let store = SpanStore::new();
    /// let telemetry = Telemetry::builder().console_only().span_processor(store.clone()).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "testing"))]
    /// # fn main() {}
    /// ```
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(SharedProcessor::new(processor));
        self
    }

    /// An exporter of the program, in place of the one to a collector: it gets the spans in batches, as the `OTEL_BSP_*`
    /// variables say, on the export thread, outside of any runtime. It may block there. `OTEL_TRACES_EXPORTER=console` and
    /// `none` win over it.
    ///
    /// ```
    /// use opentelemetry_sdk::error::OTelSdkResult;
    /// use opentelemetry_sdk::trace::{SpanData, SpanExporter};
    /// use tasker_span_runtime::Telemetry;
    ///
    /// #[derive(Debug)]
    /// struct Names;
    ///
    /// impl SpanExporter for Names {
    ///     async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
    ///         batch.iter().for_each(|span| println!("{}", span.name));
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().span_exporter(Names).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.export.own = Some(OwnExporter::new(exporter));
        self
    }

    /// Where and how spans are exported. By default gRPC to `http://localhost:4317`, or HTTP to `http://localhost:4318` if
    /// only that is compiled in.
    ///
    /// ```
    /// use tasker_span_runtime::{ExportOptions, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let collector = ExportOptions::new().endpoint("http://collector.internal:4317");
    /// let telemetry = Telemetry::builder().export(collector).build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn export(mut self, options: ExportOptions) -> Self {
        self.export = ExportOptions {
            own: self.export.own,
            ..options
        };
        self
    }

    /// Starts without an exporter, whatever `OTEL_TRACES_EXPORTER` says. Spans get their ids, and log lines carry them. No
    /// thread starts before the first sampled span has ended, and none needs a Tokio runtime. As with an exporter, spans need a subscriber: that of
    /// [`install`](Self::install), or yours with [`Telemetry::layer`](crate::Telemetry::layer).
    ///
    /// [`Telemetry::start_export`](crate::Telemetry::start_export) adds the exporter later. For hosts that start without a
    /// Tokio runtime, such as FFI hosts.
    pub fn console_only(mut self) -> Self {
        self.console_only = true;
        self
    }

    /// The format of log lines on standard error. Applies to [`install`](Self::install) only.
    pub fn console(mut self, console: Console) -> Self {
        self.console = console;
        self
    }

    /// The levels of the console of [`install`](Self::install), for all targets or by target: `info,my_crate=debug`. `info`
    /// by default.
    ///
    /// The exporter's own crates (`hyper`, `h2`, `tonic`, …) show warnings only, unless they are named here.
    /// `opentelemetry_sdk=off` leaves out its error for each failed batch.
    pub fn log_filter(mut self, levels: impl Into<String>) -> Self {
        self.log_filter = levels.into();
        self
    }

    /// Leaves the [unsampled](Self::sampling) spans out of the lines of [`install`](Self::install)'s console: their names, attributes and ids. By default
    /// a line shows them as if they were sampled.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().log_sampled_only().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_sampled_only(mut self) -> Self {
        self.log_sampled_only = true;
        self
    }

    /// Has the console of [`install`](Self::install) follow the sampling of spans: inside a span that is not sampled, only
    /// warnings and errors are lines. See [`SamplingFilter`](crate::SamplingFilter), which does it for layers of the program.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().log_filter_by_sampling().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_filter_by_sampling(mut self) -> Self {
        self.log_filter_by_sampling = true;
        self
    }

    /// The levels that are exported, in the syntax of [`log_filter`](Self::log_filter) and independent of it. `info` by
    /// default. The exporter's own crates are never exported.
    pub fn trace_filter(mut self, levels: impl Into<String>) -> Self {
        self.trace_filter = levels.into();
        self
    }

    /// Panics at a violation of the catalogue, with the path of spans that led to it. For tests.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// What a span is whose required `namespace` nothing supplies: by default a violation of the catalogue. With
    /// [`UnknownNamespace::Absent`] it lacks the attribute, and nothing is counted. For engines whose namespace is not known
    /// wherever a task is.
    ///
    /// ```
    /// use tasker_span_runtime::{Telemetry, UnknownNamespace};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder()
    ///     .unknown_namespace(UnknownNamespace::Absent)
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn unknown_namespace(mut self, unknown: UnknownNamespace) -> Self {
        self.unknown_namespace = unknown;
        self
    }

    /// Has open work seen before it ends. A step or task that has been open for so long gets a marker: a span `step.running` or
    /// `task.running`, from its start until now, and others when it has been open four, sixteen and 64 times as long. And
    /// [`Telemetry::open_work`](crate::Telemetry::open_work) lists all that is open. By default, and with a duration of zero,
    /// neither is done.
    ///
    /// A marker of an unsampled step is exported too, and the step then has `tasker.sampled_by` and is exported at its end.
    /// [Operations](https://github.com/tasker-systems/tasker-span/blob/main/docs/operations.md#running-work) shows what a
    /// running task looks like.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().running_after(Duration::from_secs(10)).console_only().build()?;
    /// assert!(telemetry.open_work().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn running_after(mut self, age: Duration) -> Self {
        self.running_after = Some(age);
        self
    }

    /// Whether exported names say what a span is about: `step.execution charge_payment` instead of `step.execution`. By default
    /// they are [`Plain`](SpanNames::Plain).
    ///
    /// ```
    /// use tasker_span_runtime::{SpanNames, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().span_names(SpanNames::Detailed).console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn span_names(mut self, names: SpanNames) -> Self {
        self.names = names;
        self
    }

    /// Opens every sampled span as a `tracing` span at its start, for a layer that must see all of them. A span then costs
    /// about what `#[tracing::instrument]` costs.
    ///
    /// By default [`install`](Self::install) makes a `tracing` span of a span only if code asks for it, by
    /// `Span::current()` or with a span of its own inside. A subscriber of your own sees every sampled span, unless it is
    /// wrapped in [`SpanSubscriber`](crate::SpanSubscriber), and so does a [`layer`](Self::layer) of `install`.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().visible().console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn visible(mut self) -> Self {
        self.visible = Some(true);
        self
    }

    /// Makes each span OpenTelemetry's current one while its code runs, for code that calls OpenTelemetry's own API inside.
    /// It costs some 200 ns for each time that a span is entered.
    ///
    /// Without it, `opentelemetry::Context::current()` does not know a span that is no `tracing` span.
    /// [`TraceContext::current`](crate::TraceContext::current) and [`Propagator`](crate::otel::Propagator) always do.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().activate_context().console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn activate_context(mut self) -> Self {
        self.activate_context = true;
        self
    }

    /// The description of errors that is exported beside their type. A macro can override it. Applies to the whole process.
    pub fn error_description(mut self, description: ErrorDescription) -> Self {
        self.error_description = description;
        self
    }

    /// The sampling rates; by default every span is sampled. They apply to the whole process, and
    /// [`Telemetry::sampling`](crate::Telemetry::sampling) changes them at run time.
    ///
    /// A span that belongs to no task is sampled if its parent is. Without a parent it is sampled at the rate of task spans.
    ///
    /// ```
    /// use tasker_span_runtime::{Sampling, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let sampling = Sampling::new().step_rate(0.1).namespace_rate("payments", 1.0);
    /// let telemetry = Telemetry::builder().sampling(sampling).console_only().build()?;
    /// assert_eq!(telemetry.sampling().step_rate(), 0.1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Leaves out the line at the start that tells the effective settings. [`Telemetry::settings`](crate::Telemetry::settings)
    /// still has them.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().without_settings_line().console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn without_settings_line(mut self) -> Self {
        self.log_settings = false;
        self
    }

    #[doc = include_str!("../docs/config_file.md")]
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_files.push(path.into(), Presence::Required);
        self
    }

    /// As [`config_file`](Self::config_file), for a file that need not exist, such as that of an environment or of one host.
    /// An absent file is as an empty one, also when [it is read again](Self::watch_config).
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let base = std::env::temp_dir().join(format!("tasker-span-base-{}.toml", std::process::id()));
    /// std::fs::write(&base, "[telemetry.tracing]\nsample_rate = 1.0\n")?;
    /// let telemetry = Telemetry::builder()
    ///     .config_file(&base)
    ///     .config_file_if_exists("config/tasker/environments/nowhere/common.toml")
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # std::fs::remove_file(&base)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn config_file_if_exists(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_files.push(path.into(), Presence::Optional);
        self
    }

    /// Reads the [configuration files](Self::config_file) once in every `interval`, and applies their rates if one has changed
    /// and two readings are the same. A thread does it until the shutdown of the telemetry.
    ///
    /// A wrong file changes nothing: the error is logged as a warning, counted in [`stats`](crate::stats()), and returned by
    /// [`SamplingHandle::last_reload_error`](crate::SamplingHandle::last_reload_error). Changes of `[telemetry]` itself apply
    /// at the next start.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder()
    ///     .config_file("config/telemetry.toml")
    ///     .watch_config(Duration::from_secs(5))
    ///     .install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_config(mut self, interval: Duration) -> Self {
        self.watch_config = Some(interval);
        self
    }
}
