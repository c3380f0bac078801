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
use crate::setup::tls::{self, Tls};
use crate::setup::warnings::Warnings;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// Spans get their ids, and are not exported.
    Nowhere,
    /// One line for each span on standard output.
    StandardOutput,
    Collector(Collector),
    Own(OwnExporter),
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Collector {
    pub(super) protocol: Protocol,
    pub(super) endpoint: Endpoint,
    pub(super) headers: Vec<(String, Secret<String>)>,
    pub(super) timeout: Duration,
    pub(super) compression: Compression,
    pub(super) tls: Tls,
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
            (ExporterChoice::Otlp, None) => Collector::resolve(options, env, warnings).map(Self::Collector),
            (ExporterChoice::Console, _) => Ok(Self::StandardOutput),
            (ExporterChoice::None, _) => Ok(Self::Nowhere),
        }
    }
}

impl Collector {
    fn resolve(options: ExportOptions, env: Environment<'_>, warnings: &mut Warnings) -> Result<Self, Error> {
        let protocol = protocol(options.protocol, env, warnings)?;
        let endpoint = endpoint(options.configured_endpoint, options.endpoint, protocol, env)?;
        Ok(Self {
            protocol,
            headers: headers(options.headers, env)?,
            timeout: timeout(options.timeout, env, warnings)?,
            compression: compression(options.compression, env)?,
            tls: tls::resolve(options.tls, &endpoint, env, warnings)?,
            endpoint,
        })
    }
}

fn protocol(from_builder: Option<Protocol>, env: Environment<'_>, warnings: &mut Warnings) -> Result<Protocol, Error> {
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
        (None, None) if cfg!(feature = "otlp-grpc") => return Ok(Protocol::Grpc),
        (None, None) if cfg!(feature = "otlp-http") => return Ok(Protocol::HttpProtobuf),
        (None, None) => {
            let message = "no exporter is compiled in: enable the feature `otlp-grpc` or `otlp-http` of \
                           `tasker-span-runtime`, or say `.console_only()`";
            return Err(Error::new(Kind::Protocol, message));
        }
    };
    let (feature, compiled) = match protocol {
        Protocol::Grpc => ("otlp-grpc", cfg!(feature = "otlp-grpc")),
        Protocol::HttpProtobuf => ("otlp-http", cfg!(feature = "otlp-http")),
    };
    if compiled {
        return Ok(protocol);
    }
    let problem = format_args!("it needs the feature `{feature}` of `tasker-span-runtime`");
    let given = given.unwrap_or_else(|| protocol.to_string());
    Err(Error::invalid(Kind::Protocol, origin, &given, problem))
}

fn endpoint(
    from_file: Option<Setting<String>>,
    from_builder: Option<String>,
    protocol: Protocol,
    env: Environment<'_>,
) -> Result<Endpoint, Error> {
    const EXACT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    let variable = env.first(&[EXACT, "OTEL_EXPORTER_OTLP_ENDPOINT"])?;
    let setting = variable.or(from_file).unwrap_or_else(|| {
        let port = if protocol == Protocol::Grpc { 4317 } else { 4318 };
        let url = from_builder.unwrap_or_else(|| format!("http://localhost:{port}"));
        Setting::method("endpoint", url)
    });
    let endpoint = Endpoint::parse(&setting)?;
    let invalid = |problem| Error::invalid(Kind::Endpoint, setting.origin.clone(), &setting.value, problem);
    if endpoint.is_secure() && !cfg!(feature = "tls") {
        return Err(invalid("`https` needs the feature `tls` of `tasker-span-runtime`"));
    }
    match protocol {
        Protocol::Grpc if endpoint.has_path() => Err(invalid(
            "over gRPC it has no path: expected `http://host:port`, or the protocol `http/protobuf`",
        )),
        Protocol::HttpProtobuf if setting.origin != Origin::Variable(EXACT) => Ok(endpoint.with_signal_path()),
        Protocol::Grpc | Protocol::HttpProtobuf => Ok(endpoint),
    }
}

/// Merges headers by name: those of the variable win over the builder's.
fn headers(
    from_builder: Vec<(String, Secret<String>)>,
    env: Environment<'_>,
) -> Result<Vec<(String, Secret<String>)>, Error> {
    let mut headers = Vec::new();
    if let Some(setting) = env.first(&["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"])? {
        headers = pairs::parse(&setting)?;
        check_headers(&headers, &setting.origin)?;
    }
    check_headers(&from_builder, &Origin::Method("header"))?;
    for (name, value) in from_builder {
        if !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(&name)) {
            headers.push((name, value));
        }
    }
    Ok(headers)
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
fn timeout(from_builder: Option<Duration>, env: Environment<'_>, warnings: &mut Warnings) -> Result<Duration, Error> {
    const DEFAULT: Duration = Duration::from_secs(10);
    const NAMES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
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
    let request = variable
        .filter(|timeout| !timeout.is_zero())
        .or(from_builder)
        .unwrap_or(DEFAULT);
    if let (Some(Duration::ZERO), Some(setting)) = (variable, env.first(&NAMES)?) {
        let instead = format_args!("the timeout is {request:?}, because an export without a limit might never end");
        warnings.unsupported(&setting.origin, "0", instead);
    }
    let export = millis(&["OTEL_BSP_EXPORT_TIMEOUT"])?.filter(|timeout| !timeout.is_zero());
    Ok(export.map_or(request, |export| export.min(request)))
}

fn compression(from_builder: Option<Compression>, env: Environment<'_>) -> Result<Compression, Error> {
    const NAMES: [&str; 2] = [
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
    ];

    let setting = match (env.first(&NAMES)?, from_builder) {
        (Some(setting), _) => setting,
        (None, Some(compression)) => Setting::method("compression", compression.to_string()),
        (None, None) => return Ok(Compression::None),
    };
    match &*setting.name() {
        "none" => Ok(Compression::None),
        "gzip" if cfg!(feature = "gzip") => Ok(Compression::Gzip),
        "gzip" => Err(setting.invalid("it needs the feature `gzip` of `tasker-span-runtime`")),
        _ => Err(setting.invalid("expected `gzip` or `none`")),
    }
}

#[cfg(test)]
mod tests;
