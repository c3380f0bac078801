//! `TelemetryBuilder::install` and `build`: from settings to running telemetry. The settings are in `builder`.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{RandomIdGenerator, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;

use crate::error::{Error, Kind, Origin};
use crate::export::{Pipeline, Processor};
use crate::otel::{IdGenerator, Sampler};
use crate::record::{Limits, Recorder, Shared, SpanNames};
use crate::sampling;
use crate::setup::batch::Batch;
use crate::setup::builder::TelemetryBuilder;
use crate::setup::config::Config;
use crate::setup::console;
use crate::setup::env::{Environment, Setting};
use crate::setup::filter::{Levels, TraceLevels};
use crate::setup::handle::SamplingHandle;
use crate::setup::limits;
use crate::setup::log_records;
use crate::setup::precedence::Precedence;
use crate::setup::process;
use crate::setup::resource::resource;
use crate::setup::running_after;
use crate::setup::sdk;
use crate::setup::settings::{EffectiveSetting, SettingSource};
use crate::setup::span_names;
use crate::setup::switch;
use crate::setup::telemetry::{Parts, Telemetry};
use crate::setup::unsupported;
use crate::setup::warnings::Warnings;
use crate::span::{OpenWorkRegistry, UnknownNamespace};
use crate::subscriber::{self, SpanSubscriber};

/// The settings of a program, without those of its export.
pub(super) struct Resolved {
    pub(super) sampling: SamplingHandle,
    pub(super) config: Config,
    pub(super) enabled: bool,
    levels: TraceLevels,
    resource: Resource,
    limits: Limits,
    unknown_namespace: UnknownNamespace,
    names: SpanNames,
    running_after: Option<Duration>,
    pub(super) settings: Vec<EffectiveSetting>,
}

impl TelemetryBuilder {
    /// Sets everything up and makes it the process's global `tracing` subscriber.
    ///
    /// # Errors
    ///
    /// A setting is wrong, the exporter cannot be built, or there is a global subscriber already. An unreachable collector
    /// is no error: it may come up later.
    pub fn install(self) -> Result<Telemetry, Error> {
        let own_levels = Levels::parse(&Setting::method("log_filter", self.log_filter.clone()))?;
        // Other programs read the variable too, in a richer syntax: what is wrong with it must not stop this one.
        let asked = Environment::process()
            .text("RUST_LOG")
            .and_then(|log| log.as_ref().map(Levels::parse).transpose());
        let mut warnings = Warnings::default();
        let asked = asked.unwrap_or_else(|error| {
            warnings.push(format!(
                "RUST_LOG is ignored; correct it to filter the console: {error}"
            ));
            None
        });
        let log_levels = asked.unwrap_or(own_levels);
        let console = console::Settings {
            console: self.console,
            sampled_only: self.log_sampled_only,
            by_sampling: self.log_filter_by_sampling,
        };
        let error_description = self.error_description;
        let log_records = self.log_records;
        let watch_config = self.watch_config;
        let layers = self.layers.clone();
        let mut telemetry = self.assemble(&mut warnings)?;
        let own = layers.take();
        // Their filters may decide about spans, too.
        let ours = telemetry.layer_with(own.is_none());
        let subscriber = SpanSubscriber::new(
            tracing_subscriber::registry()
                .with(own)
                .with(ours)
                .with(console::layer(console, log_levels)),
        );
        tracing::subscriber::set_global_default(subscriber).map_err(|_| {
            let message = "the process already has a global `tracing` subscriber; call `.build()`, keep the telemetry, and \
                           add its `.layer()` where that subscriber is made";
            Error::new(Kind::AlreadyInstalled, message)
        })?;
        error_description.apply();
        telemetry.begin(watch_config)?;
        if log_records && log_records::bridge().is_err() {
            warnings.push(
                "records of the `log` crate go to the logger that the program has set; remove that logger, or call \
                 `.ignore_log_records()`"
                    .to_owned(),
            );
        }
        telemetry.log_start(warnings);
        Ok(telemetry)
    }

    /// Sets everything up but the subscriber, for a program that composes its own from [`Telemetry::layer`].
    ///
    /// Without the layer in the current subscriber no span is recorded. Keep the handle until the end of the program:
    /// dropping it shuts the export down.
    ///
    /// ```
    /// use tasker_span_runtime::{LogFormat, Telemetry};
    /// use tracing_subscriber::fmt;
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().service_name("tasker-worker").console_only().build()?;
    /// let subscriber = tracing_subscriber::registry()
    ///     .with(telemetry.layer())
    ///     .with(fmt::layer().event_format(LogFormat::full()));
    /// # drop(subscriber);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// A setting is wrong, the exporter cannot be built, or the builder has a [`layer`](Self::layer).
    pub fn build(self) -> Result<Telemetry, Error> {
        if !self.layers.is_empty() {
            let message = "`.layer(…)` is for `install`: with `build`, add the layer to your own subscriber";
            return Err(Error::new(Kind::Configuration, message));
        }
        let error_description = self.error_description;
        let watch_config = self.watch_config;
        let mut warnings = Warnings::default();
        let mut telemetry = self.assemble(&mut warnings)?;
        error_description.apply();
        telemetry.begin(watch_config)?;
        telemetry.log_start(warnings);
        Ok(telemetry)
    }

    fn assemble(self, warnings: &mut Warnings) -> Result<Telemetry, Error> {
        let env = Environment::process();
        subscriber::report_compiled_out();
        let Resolved {
            sampling: rates,
            config,
            enabled,
            levels,
            resource,
            limits,
            unknown_namespace,
            names,
            running_after,
            settings,
        } = self.resolve(env, warnings)?;
        // What is wrong with the variables is an error when the export starts.
        let capacity = Batch::resolve(env).map_or(Batch::DEFAULT_QUEUE, Batch::capacity);
        let pipeline = Pipeline::new(
            self.processors,
            &resource,
            capacity,
            Shared {
                limits,
                scope: subscriber::scope(),
                redactor: self.redactor,
            },
        );
        let recorder = Recorder::queued(Arc::clone(pipeline.queue()));
        let open_work = running_after.filter(|_| enabled).map(|after| {
            let open_work = Arc::new(OpenWorkRegistry::new(after, names));
            pipeline.queue().set_running(open_work.clone());
            sampling::store_fields();
            open_work
        });
        let provider = SdkTracerProvider::builder()
            .with_id_generator(IdGenerator::new(RandomIdGenerator::default()))
            .with_sampler(Sampler::new(rates.other_spans()))
            .with_span_limits(limits.into())
            .with_resource(resource.clone())
            .with_span_processor(Processor(pipeline.clone()))
            .build();
        let tracer = subscriber::tracer(&provider);
        let parts = Parts {
            disabled: !enabled,
            log_settings: self.log_settings,
            strict: self.strict,
            unknown_namespace,
            names,
            visible: self.visible.unwrap_or(!self.layers.is_empty()),
            activate_context: self.activate_context,
            levels,
            recorder,
            open_work,
            limits,
            resource,
            pipeline,
            provider,
            tracer,
            sampling: rates,
            endpoint: config.exporter_endpoint,
            settings,
        };
        let telemetry = Telemetry::new(parts);
        if !self.console_only {
            telemetry.start_export_in(self.export, env, warnings)?;
        }
        Ok(telemetry)
    }

    /// Resolves all settings but those of the export.
    pub(super) fn resolve(&self, env: Environment<'_>, warnings: &mut Warnings) -> Result<Resolved, Error> {
        self.check_watch()?;
        unsupported::check(env, warnings)?;
        let sampler = sdk::sampler(env, warnings)?;
        let precedence = Precedence::new(self.sampling.clone(), sampler, env)?;
        let (sampling, config) = SamplingHandle::start(precedence, self.config_files.clone(), env)?;
        let (enabled, enabled_setting) = switch::enabled(&config, env)?;
        let levels = TraceLevels(Levels::parse(&Setting::method(
            "trace_filter",
            self.trace_filter.clone(),
        ))?);
        let service_name = config.service_name();
        let service_name =
            service_name.or_else(|| Some((self.service_name.as_deref()?, SettingSource::Builder("service_name"))));
        let mut detected = vec![process::resource(&self.omitted_attributes)];
        detected.extend(self.resources.iter().cloned());
        let (resource, mut settings) = resource(&detected, service_name, &self.resource_attributes, env)?;
        let limits = limits::limits(env)?;
        let unknown_namespace = config.tracing.unknown_namespace.unwrap_or(self.unknown_namespace);
        let (names, names_setting) = span_names::resolve(self.names, &config, env)?;
        let (running_after, after_setting) = running_after::resolve(self.running_after, &config, env)?;
        settings.extend(after_setting);
        settings.extend([
            enabled_setting,
            config.unknown_namespace_setting(unknown_namespace),
            names_setting,
        ]);
        settings.extend(limits::settings(limits, env));
        Ok(Resolved {
            sampling,
            config,
            enabled,
            levels,
            resource,
            limits,
            unknown_namespace,
            names,
            running_after,
            settings,
        })
    }

    fn check_watch(&self) -> Result<(), Error> {
        let Some(interval) = self.watch_config else {
            return Ok(());
        };
        let problem = if interval.is_zero() {
            "expected a duration above zero"
        } else if self.config_files.is_empty() {
            "there is no file to watch: expected `.config_file(…)` too"
        } else {
            return Ok(());
        };
        let (origin, interval) = (Origin::Method("watch_config"), format!("{interval:?}"));
        Err(Error::invalid(Kind::Configuration, origin, &interval, problem))
    }
}
