//! `TelemetryBuilder`: the settings of a program. `assemble` builds telemetry from them.

mod console;
mod export;
mod files;
mod resource;
mod spans;

use std::time::Duration;

use opentelemetry_sdk::Resource;

use crate::export::SharedProcessor;
use crate::outcome::ErrorDescription;
use crate::record::SpanNames;
use crate::redact::Redactor;
use crate::sampling::Sampling;
use crate::secret::Secret;
use crate::setup::config::Files;
use crate::setup::console::Console;
use crate::setup::options::ExportOptions;
use crate::setup::own_layers::OwnLayers;
use crate::span::UnknownNamespace;

#[doc = include_str!("../../docs/builder.md")]
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `install` or `build`"]
#[expect(clippy::struct_excessive_bools, reason = "independent settings")]
pub struct TelemetryBuilder {
    pub(in crate::setup) service_name: Option<String>,
    pub(in crate::setup) resource_attributes: Vec<(String, Secret<String>)>,
    pub(in crate::setup) omitted_attributes: Vec<String>,
    pub(in crate::setup) resources: Vec<Resource>,
    pub(in crate::setup) processors: Vec<SharedProcessor>,
    pub(in crate::setup) redactor: Option<Redactor>,
    pub(in crate::setup) layers: OwnLayers,
    pub(in crate::setup) export: ExportOptions,
    pub(in crate::setup) console_only: bool,
    pub(in crate::setup) console: Console,
    pub(in crate::setup) log_filter: String,
    pub(in crate::setup) log_sampled_only: bool,
    pub(in crate::setup) log_filter_by_sampling: bool,
    pub(in crate::setup) log_records: bool,
    pub(in crate::setup) log_settings: bool,
    pub(in crate::setup) trace_filter: String,
    pub(in crate::setup) strict: bool,
    pub(in crate::setup) unknown_namespace: UnknownNamespace,
    pub(in crate::setup) names: SpanNames,
    pub(in crate::setup) running_after: Option<Duration>,
    pub(in crate::setup) visible: Option<bool>,
    pub(in crate::setup) activate_context: bool,
    pub(in crate::setup) error_description: ErrorDescription,
    pub(in crate::setup) sampling: Sampling,
    pub(in crate::setup) config_files: Files,
    pub(in crate::setup) watch_config: Option<Duration>,
}

impl TelemetryBuilder {
    pub(in crate::setup) fn new() -> Self {
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
}
