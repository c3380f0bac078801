//! `Destination`: where spans are exported, resolved from the program's options and the
//! environment. `exporter` builds the exporter.

use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::error::{Error, Kind, Origin};
use crate::secret::Secret;
use crate::setup::endpoint::Endpoint;
use crate::setup::env::{Environment, Setting};
use crate::setup::exporter_choice::ExporterChoice;
use crate::setup::options::{Compression, ExportOptions, Protocol};
use crate::setup::own_exporter::OwnExporter;
use crate::setup::pairs;
use crate::setup::redact;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, Value, text};
use crate::setup::tls::{self, Tls};
use crate::setup::warnings::Warnings;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Destination {
    /// Spans get their ids, and are not exported.
    Nowhere,
    /// One line for each span on standard output.
    StandardOutput,
    Collector(Box<Collector>),
    Own(OwnExporter),
}

type Headers = Vec<(String, Secret<String>)>;

#[derive(Clone, PartialEq)]
pub(super) struct Collector {
    pub(super) protocol: Protocol,
    pub(super) endpoint: Endpoint,
    pub(super) headers: Headers,
    pub(super) timeout: Duration,
    pub(super) compression: Compression,
    pub(super) tls: Tls,
    /// What it is made of, with the sources.
    settings: Vec<EffectiveSetting>,
}

/// Leaves out the headers. A checked endpoint has neither credentials nor a query.
impl std::fmt::Debug for Collector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.protocol, self.endpoint.as_str())
    }
}

impl Destination {
    pub(super) fn resolve(
        options: ExportOptions,
        env: Environment<'_>,
        warnings: &mut Warnings,
    ) -> Result<Self, Error> {
        match (ExporterChoice::resolve(env, warnings)?, options.own.clone()) {
            (ExporterChoice::Otlp, Some(own)) => Ok(Self::Own(own)),
            (ExporterChoice::Otlp, None) => {
                let collector = Collector::resolve(options, env, warnings)?;
                Ok(Self::Collector(Box::new(collector)))
            }
            (ExporterChoice::Console, _) => Ok(Self::StandardOutput),
            (ExporterChoice::None, _) => Ok(Self::Nowhere),
        }
    }

    /// The effective settings of the export.
    pub(super) fn settings(&self, env: Environment<'_>) -> Vec<EffectiveSetting> {
        let (name, more) = match self {
            Self::Nowhere => ("none", &[][..]),
            Self::StandardOutput => ("console", &[][..]),
            Self::Own(_) => ("own", &[][..]),
            Self::Collector(collector) => ("otlp", &*collector.settings),
        };
        let source = match self {
            Self::Own(_) => SettingSource::Builder("span_exporter"),
            _ => env.source(&["OTEL_TRACES_EXPORTER"]),
        };
        [&[exporter_setting(name, source)], more].concat()
    }
}

/// The table of settings that the configuration file has no keys for.
const EXPORT: &str = "telemetry.export";

/// `telemetry.export.exporter`.
pub(super) fn exporter_setting(name: &str, source: SettingSource) -> EffectiveSetting {
    EffectiveSetting::new(Key::new(EXPORT, "exporter"), text(name), source)
}

impl Collector {
    fn resolve(options: ExportOptions, env: Environment<'_>, warnings: &mut Warnings) -> Result<Self, Error> {
        let (protocol, protocol_source) = protocol(options.protocol, env, warnings)?;
        let (endpoint, endpoint_source) = endpoint(options.configured_endpoint, options.endpoint, protocol, env)?;
        let (headers, headers_source) = headers(options.headers, env)?;
        let (timeout, timeout_source) = timeout(options.timeout, env, warnings)?;
        let (compression, compression_source) = compression(options.compression, env)?;
        let tls = tls::resolve(options.tls, &endpoint, env, warnings)?;
        let names = headers.iter().map(|(name, _)| name.clone()).collect();
        let shown = |name, value, source| EffectiveSetting::new(Key::new(EXPORT, name), value, source);
        let mut settings = vec![
            endpoint_setting(&endpoint, endpoint_source),
            shown("protocol", text(protocol.to_string()), protocol_source),
            shown("headers", Value::List(names), headers_source),
            shown("timeout_ms", timeout.into(), timeout_source),
            shown("compression", text(compression.to_string()), compression_source),
        ];
        settings.extend(tls.settings());
        Ok(Self {
            protocol,
            endpoint,
            headers,
            timeout,
            compression,
            tls,
            settings,
        })
    }
}

fn protocol(
    from_builder: Option<Protocol>,
    env: Environment<'_>,
    warnings: &mut Warnings,
) -> Result<(Protocol, SettingSource), Error> {
    let default = |protocol| Ok((protocol, SettingSource::Default));
    let variable = env.first(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"])?;
    let given = variable.as_ref().map(|name| name.value.clone());
    let (protocol, origin) = match (variable, from_builder) {
        (Some(name), _) => match &*name.name() {
            "grpc" => (Protocol::Grpc, name.origin),
            "http/protobuf" => (Protocol::HttpProtobuf, name.origin),
            // Collectors take both on one port.
            json @ "http/json" => {
                warnings.unsupported(&name.origin, json, "`http/protobuf` is used");
                (Protocol::HttpProtobuf, name.origin)
            }
            _ => {
                let expected = "expected `grpc` or `http/protobuf`";
                return Err(Error::invalid(Kind::Protocol, name.origin, &name.value, expected));
            }
        },
        (None, Some(protocol)) => (protocol, Origin::Method("protocol")),
        (None, None) if cfg!(feature = "otlp-grpc") => return default(Protocol::Grpc),
        (None, None) if cfg!(feature = "otlp-http") => return default(Protocol::HttpProtobuf),
        (None, None) => {
            let message = "no exporter is compiled in: enable the feature `otlp-grpc` or `otlp-http` of \
                           `tasker-span-runtime`, or say `.console_only()`";
            return Err(Error::new(Kind::Protocol, message));
        }
    };
    // The fuzz targets resolve the settings of transports that they do not compile.
    let (feature, compiled) = match protocol {
        Protocol::Grpc => ("otlp-grpc", cfg!(any(feature = "otlp-grpc", fuzzing))),
        Protocol::HttpProtobuf => ("otlp-http", cfg!(any(feature = "otlp-http", fuzzing))),
    };
    if compiled {
        return Ok((protocol, (&origin).into()));
    }
    let problem = format_args!("it needs the feature `{feature}` of `tasker-span-runtime`");
    let given = given.unwrap_or_else(|| protocol.to_string());
    Err(Error::invalid(Kind::Protocol, origin, &given, problem))
}

/// Of the traces alone: used as it is, without a path for the signal.
const EXACT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/// The endpoint of the environment, or else of the file, or else of the program.
pub(super) fn given_endpoint(
    from_file: Option<Setting<String>>,
    from_builder: Option<String>,
    env: Environment<'_>,
) -> Result<Option<Setting<String>>, Error> {
    let variable = env.first(&[EXACT, "OTEL_EXPORTER_OTLP_ENDPOINT"])?;
    Ok(variable
        .or(from_file)
        .or(from_builder.map(|url| Setting::method("endpoint", url))))
}

/// The setting of an endpoint, without credentials and a query.
pub(super) fn endpoint_setting(endpoint: &Endpoint, source: SettingSource) -> EffectiveSetting {
    let url = text(redact::url(endpoint.as_str()));
    EffectiveSetting::new(Key::new("telemetry", "exporter_endpoint"), url, source)
}

fn endpoint(
    from_file: Option<Setting<String>>,
    from_builder: Option<String>,
    protocol: Protocol,
    env: Environment<'_>,
) -> Result<(Endpoint, SettingSource), Error> {
    let given = given_endpoint(from_file, from_builder, env)?;
    let source = given
        .as_ref()
        .map_or(SettingSource::Default, |setting| (&setting.origin).into());
    let setting = given.unwrap_or_else(|| {
        let port = if protocol == Protocol::Grpc { 4317 } else { 4318 };
        Setting::method("endpoint", format!("http://localhost:{port}"))
    });
    let endpoint = Endpoint::parse(&setting)?;
    let invalid = |problem| Error::invalid(Kind::Endpoint, setting.origin.clone(), &setting.value, problem);
    if endpoint.is_secure() && !cfg!(feature = "tls") {
        return Err(invalid("`https` needs the feature `tls` of `tasker-span-runtime`"));
    }
    let endpoint = match protocol {
        Protocol::Grpc if endpoint.has_path() => Err(invalid(
            "over gRPC it has no path: expected `http://host:port`, or the protocol `http/protobuf`",
        )),
        Protocol::HttpProtobuf if setting.origin != Origin::Variable(EXACT) => Ok(endpoint.with_signal_path()),
        Protocol::Grpc | Protocol::HttpProtobuf => Ok(endpoint),
    };
    Ok((endpoint?, source))
}

/// Merges headers by name: those of the variable win over the builder's. The source is that of the first.
fn headers(
    from_builder: Vec<(String, Secret<String>)>,
    env: Environment<'_>,
) -> Result<(Headers, SettingSource), Error> {
    let mut headers = Vec::new();
    let mut source = match &*from_builder {
        [] => SettingSource::Default,
        _ => SettingSource::Builder("header"),
    };
    if let Some(setting) = env.first(&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"])? {
        headers = pairs::parse(&setting)?;
        check_headers(&headers, &setting.origin)?;
        source = (&setting.origin).into();
    }
    check_headers(&from_builder, &Origin::Method("header"))?;
    for (name, value) in from_builder {
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            headers.push((name, value));
        }
    }
    Ok((headers, source))
}

/// Headers of the message itself: with another value, the collector would not read it.
const OF_TRANSPORT: [&str; 7] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "grpc-encoding",
    "grpc-timeout",
    "transfer-encoding",
];

/// The message counts to the header: the value may be a token, and a name that is not valid may be a part of one.
fn check_headers(headers: &[(String, Secret<String>)], origin: &Origin) -> Result<(), Error> {
    for ((name, value), number) in headers.iter().zip(1..) {
        let value = value.expose();
        let problem = if OF_TRANSPORT.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            format!("the transport sets `{name}` itself")
        } else if HeaderName::from_bytes(name.as_bytes()).is_err() {
            "its name is not a header's name".to_owned()
        } else if !value.is_ascii() || HeaderValue::from_str(value).is_err() {
            format!("the value of `{name}` has characters other than visible ASCII")
        } else {
            continue;
        };
        let message = format!("in {origin}, header {number}: {problem}");
        return Err(Error::new(Kind::Configuration, message));
    }
    Ok(())
}

/// The SDK's processor does not limit an export, so the shorter of both standard limits applies to
/// the request.
fn timeout(
    from_builder: Option<Duration>,
    env: Environment<'_>,
    warnings: &mut Warnings,
) -> Result<(Duration, SettingSource), Error> {
    const DEFAULT: Duration = Duration::from_secs(10);
    const NAMES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    const EXPORT: &str = "OTEL_BSP_EXPORT_TIMEOUT";
    if from_builder.is_some_and(|timeout| timeout.is_zero()) {
        let (origin, problem) = (Origin::Method("timeout"), "expected a duration above zero");
        return Err(Error::invalid(Kind::Configuration, origin, "0", problem));
    }
    // The specification's 0 is no limit.
    let millis = |names| {
        let millis = env.number(names, 0..=u32::MAX)?;
        Ok(millis.map(|millis| Duration::from_millis(millis.into())))
    };
    let variable = millis(&NAMES)?;
    let (request, source) = match (variable.filter(|timeout| !timeout.is_zero()), from_builder) {
        (Some(timeout), _) => (timeout, env.source(&NAMES)),
        (None, Some(timeout)) => (timeout, SettingSource::Builder("timeout")),
        (None, None) => (DEFAULT, SettingSource::Default),
    };
    if let (Some(Duration::ZERO), Some(setting)) = (variable, env.first(&NAMES)?) {
        let instead = format_args!("the timeout is {request:?}, because an export without a limit might never end");
        warnings.unsupported(&setting.origin, "0", instead);
    }
    let export = millis(&[EXPORT])?.filter(|timeout| !timeout.is_zero() && *timeout < request);
    Ok(export.map_or((request, source), |export| (export, SettingSource::Environment(EXPORT))))
}

fn compression(from_builder: Option<Compression>, env: Environment<'_>) -> Result<(Compression, SettingSource), Error> {
    const NAMES: [&str; 2] = [
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ];

    let setting = match (env.first(&NAMES)?, from_builder) {
        (Some(setting), _) => setting,
        (None, Some(compression)) => Setting::method("compression", compression.to_string()),
        (None, None) => return Ok((Compression::None, SettingSource::Default)),
    };
    let compression = match &*setting.name() {
        "none" => Compression::None,
        "gzip" if cfg!(feature = "gzip") => Compression::Gzip,
        "gzip" => return Err(setting.invalid("it needs the feature `gzip` of `tasker-span-runtime`")),
        _ => return Err(setting.invalid("expected `gzip` or `none`")),
    };
    Ok((compression, (&setting.origin).into()))
}

#[cfg(test)]
mod tests;
