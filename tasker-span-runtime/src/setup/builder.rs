//! The settings of a program.

use std::path::PathBuf;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanProcessor;

use crate::outcome::ErrorDescription;
use crate::sampling::Sampling;
use crate::setup::console::Console;
use crate::setup::options::{ExportOptions, Protocol};
use crate::setup::pipeline::SharedProcessor;

/// Sets up [`Telemetry`](crate::Telemetry).
///
/// # The environment
///
/// The standard variables win over the methods, so that an operator can redirect a program that was not written for it.
/// An empty variable counts as unset. A wrong value is an [`Error`](crate::Error) that names the variable; of `RUST_LOG`,
/// which other programs read as well, it is a warning.
///
/// | variable | overrules |
/// | --- | --- |
/// | `OTEL_SDK_DISABLED` | everything: `true` leaves the console only, and spans get no ids |
/// | `OTEL_TRACES_EXPORTER` | the exporter: `otlp`, `console` (a line per span on standard output), `none` |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_TRACES_ENDPOINT` | [`endpoint`](Self::endpoint); over HTTP the first is a base URL, the second exact |
/// | `OTEL_EXPORTER_OTLP_PROTOCOL`, `…_TRACES_PROTOCOL` | [`protocol`](Self::protocol): `grpc`, `http/protobuf` |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT`, `…_TRACES_TIMEOUT`, `OTEL_BSP_EXPORT_TIMEOUT` | [`timeout`](Self::timeout), in milliseconds |
/// | `OTEL_EXPORTER_OTLP_HEADERS`, `…_TRACES_HEADERS` | [`header`](Self::header), name by name |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | [`service_name`](Self::service_name), [`resource_attribute`](Self::resource_attribute) |
/// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | the rate of task spans in [`sampling`](Self::sampling), and the sampler of spans that belong to no task |
/// | `RUST_LOG` | [`log_filter`](Self::log_filter), in the same syntax: fields of spans cannot be named |
/// | `OTEL_BSP_SCHEDULE_DELAY`, `…_MAX_QUEUE_SIZE`, `…_MAX_EXPORT_BATCH_SIZE` | the queue: 5000 ms, 2048 and 512 spans |
/// | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `…_EVENT_…`, `…_LINK_…`, `OTEL_ATTRIBUTE_COUNT_LIMIT` | the limits of a span: 128 each |
///
/// A variable for traces (`…_TRACES_…`) wins over the one for all signals.
///
/// # The configuration file
///
/// What [`config_file`](Self::config_file) names wins over the methods too, and yields to the variables:
///
/// | variable | wins over key of the file | which wins over method |
/// | --- | --- | --- |
/// | `OTEL_SDK_DISABLED` | `telemetry.enabled` | |
/// | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | `telemetry.service_name` | [`service_name`](Self::service_name) |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT`, `…_TRACES_ENDPOINT` | `telemetry.exporter_endpoint` | [`endpoint`](Self::endpoint), also that of [`start_export`](crate::Telemetry::start_export) |
/// | `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | `telemetry.tracing.sampler`, `….sample_rate` | [`Sampling::tasks`] |
/// | | `telemetry.tracing.steps.sample_rate` | [`Sampling::steps`] |
/// | | `telemetry.tracing.steps.keep_errors` | [`Sampling::keep_errors`] |
/// | | `telemetry.tracing.steps.namespaces.…`, name by name | [`Sampling::namespace`] |
///
/// A wrong value is an error even where another one wins over it.
///
/// # Examples
///
/// ```no_run
/// use std::time::Duration;
/// use tasker_span_runtime::{Protocol, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder()
///     .service_name("tasker-orchestration")
///     .endpoint("http://localhost:4317")
///     .protocol(Protocol::Grpc)
///     .log_filter("info,sqlx=warn")
///     .install()?;
/// // … the program …
/// telemetry.shutdown(Duration::from_secs(5))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `install` or `build`"]
pub struct TelemetryBuilder {
    pub(super) service_name: Option<String>,
    pub(super) resource_attributes: Vec<(String, String)>,
    pub(super) processors: Vec<SharedProcessor>,
    pub(super) export: ExportOptions,
    pub(super) console_only: bool,
    pub(super) console: Console,
    pub(super) log_filter: String,
    pub(super) log_dropped: bool,
    pub(super) trace_filter: String,
    pub(super) strict: bool,
    pub(super) error_description: ErrorDescription,
    pub(super) sampling: Sampling,
    pub(super) config_file: Option<PathBuf>,
    pub(super) watch_config: Option<Duration>,
}

impl TelemetryBuilder {
    pub(super) fn new() -> Self {
        Self {
            service_name: None,
            resource_attributes: Vec::new(),
            processors: Vec::new(),
            export: ExportOptions::new(),
            console_only: false,
            console: Console::default(),
            log_filter: "info".to_owned(),
            log_dropped: true,
            trace_filter: "info".to_owned(),
            strict: false,
            error_description: ErrorDescription::default(),
            sampling: Sampling::new(),
            config_file: None,
            watch_config: None,
        }
    }

    /// The name of this program among the services of a trace.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// An attribute of every span of this process, such as `deployment.environment.name`.
    pub fn resource_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource_attributes.push((name.into(), value.into()));
        self
    }

    /// A processor of the program's own: it sees each span that ends, besides the exporter.
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

    /// The collector's base URL, `http://localhost:4317` by default for gRPC and `http://localhost:4318` for HTTP.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.export = self.export.endpoint(url);
        self
    }

    /// The protocol that the collector speaks on that port. By default gRPC, if it is compiled in.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.export = self.export.protocol(protocol);
        self
    }

    /// How long one batch may take to be delivered, retries included. 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.export = self.export.timeout(timeout);
        self
    }

    /// A header of every request to the collector: a token, a tenant.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.export = self.export.header(name, value);
        self
    }

    /// Starts without an exporter, and without any thread: spans get their ids and logs carry them, until
    /// [`Telemetry::start_export`](crate::Telemetry::start_export) is called. Needs no Tokio runtime, as a host reached
    /// through FFI begins.
    pub fn console_only(mut self) -> Self {
        self.console_only = true;
        self
    }

    /// What is printed to standard error: a [`Console`] format, or `true` or `false`. For [`install`](Self::install) only.
    pub fn console(mut self, console: impl Into<Console>) -> Self {
        self.console = console.into();
        self
    }

    /// What the console shows: levels, by target where wanted, as in `info,my_crate=debug`. `info` by default.
    ///
    /// The exporter's own crates (`hyper`, `h2`, `tonic`, …) show their warnings only, unless they are named here.
    pub fn log_filter(mut self, levels: impl Into<String>) -> Self {
        self.log_filter = levels.into();
        self
    }

    /// Whether the console's lines show the scopes that [sampling](Self::sampling) has dropped as if they were spans: their
    /// names, attributes and ids. `true` by default; otherwise lines in them show the spans around them, and no ids.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().log_dropped(false).console_only().install()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn log_dropped(mut self, shown: bool) -> Self {
        self.log_dropped = shown;
        self
    }

    /// What is recorded in the trace, written like [`log_filter`](Self::log_filter) and independent of it. `info` by
    /// default. The exporter's own crates are never recorded.
    pub fn trace_filter(mut self, levels: impl Into<String>) -> Self {
        self.trace_filter = levels.into();
        self
    }

    /// Whether a violation of the catalogue panics, with the path of spans that led to it. For tests.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// What is exported of an error besides its type, where a macro does not say otherwise. Applies to the whole process.
    pub fn error_description(mut self, description: ErrorDescription) -> Self {
        self.error_description = description;
        self
    }

    /// Which part of the spans is kept; all, by default. Applies to the whole process, and can be changed at run time
    /// through [`Telemetry::sampling`](crate::Telemetry::sampling).
    ///
    /// Spans that belong to no task are kept if their parent is, and at the rate of task spans if they have none.
    ///
    /// ```
    /// use tasker_span_runtime::{Sampling, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let sampling = Sampling::new().steps(0.1).namespace("payments", 1.0);
    /// let telemetry = Telemetry::builder().sampling(sampling).console_only().build()?;
    /// assert_eq!(telemetry.sampling().current().step_rate(), 0.1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    #[doc = include_str!("../docs/config_file.md")]
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_file = Some(path.into());
        self
    }

    /// Looks at the [`config_file`](Self::config_file) once in every `interval`, and puts its rates in force when it has
    /// changed and has been the same at two looks. A small thread does it, until the shutdown of the telemetry.
    ///
    /// A file in which something is wrong changes nothing: it is logged as a warning, counted in
    /// [`stats`](crate::stats()), and shown by [`SamplingHandle::rejected`](crate::SamplingHandle::rejected). Of `[telemetry]` itself, changes hold from the
    /// next start on.
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
