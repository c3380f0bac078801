//! `ExportOptions` and `Protocol`: where spans are exported. `destination` merges them with the environment.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;

use crate::secret::Secret;
use crate::setup::env::Setting;
use crate::setup::own_exporter::OwnExporter;
use crate::setup::redact;

/// How spans are sent to the collector.
///
/// ```
/// use tasker_span_runtime::Protocol;
///
/// // As `OTEL_EXPORTER_OTLP_PROTOCOL` names it.
/// assert_eq!(Protocol::HttpProtobuf.to_string(), "http/protobuf");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// OTLP over gRPC, by default to port 4317. Needs the feature `otlp-grpc`, which is on by default.
    Grpc,
    /// OTLP over HTTP with protobuf bodies, by default to port 4318. Needs the feature `otlp-http`.
    HttpProtobuf,
}

/// The name in `OTEL_EXPORTER_OTLP_PROTOCOL`.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
        })
    }
}

/// How requests to the collector are compressed.
///
/// ```
/// use tasker_span_runtime::Compression;
///
/// // As `OTEL_EXPORTER_OTLP_COMPRESSION` names it.
/// assert_eq!(Compression::Gzip.to_string(), "gzip");
/// assert_eq!(Compression::default(), Compression::None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Requests are not compressed.
    #[default]
    None,
    /// gzip, which every collector takes. Needs the feature `gzip`.
    Gzip,
}

/// The name in `OTEL_EXPORTER_OTLP_COMPRESSION`.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        })
    }
}

/// The files and roots of TLS. `tls` reads them.
#[derive(Clone, Debug, Default)]
pub(super) struct TlsOptions {
    pub(super) certificate: Option<PathBuf>,
    /// With its key.
    pub(super) client_certificate: Option<(PathBuf, PathBuf)>,
    pub(super) system_roots: bool,
}

/// Where and how spans are exported: for [`TelemetryBuilder::export`](crate::TelemetryBuilder::export) and
/// [`Telemetry::start_export`](crate::Telemetry::start_export).
///
/// Environment variables and the configuration file win; see [`TelemetryBuilder`](crate::TelemetryBuilder).
///
/// ```
/// use std::time::Duration;
/// use tasker_span_runtime::{ExportOptions, Protocol};
///
/// let options = ExportOptions::new()
///     .endpoint("http://collector.internal:4317")
///     .protocol(Protocol::Grpc)
///     .timeout(Duration::from_secs(5))
///     .header("authorization", "Bearer 7f3a");
/// # assert!(!format!("{options:?}").contains("7f3a"), "secrets stay out of logs");
/// ```
#[derive(Clone, Default)]
#[must_use = "options do nothing until telemetry exports with them"]
pub struct ExportOptions {
    pub(super) endpoint: Option<String>,
    pub(super) protocol: Option<Protocol>,
    pub(super) timeout: Option<Duration>,
    pub(super) headers: Vec<(String, Secret<String>)>,
    pub(super) compression: Option<Compression>,
    pub(super) tls: TlsOptions,
    /// The configuration file's, which wins over `endpoint`.
    pub(super) configured_endpoint: Option<Setting<String>>,
    /// Of the program, in place of a collector's.
    pub(super) own: Option<OwnExporter>,
}

impl ExportOptions {
    /// The defaults: gRPC where it is compiled in, to the collector on this host.
    pub fn new() -> Self {
        Self::default()
    }

    /// The collector's base URL. Over HTTP, spans go to `/v1/traces` below it.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// The protocol that the collector speaks on that port.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// How long one batch may take to be delivered, retries included. 10 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// A header of every request: a token, a tenant. No message and no `Debug` output shows its value.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), Secret::new(value.into())));
        self
    }

    /// The compression of requests: less traffic, for some processor time. None by default.
    ///
    /// ```
    /// use tasker_span_runtime::{Compression, ExportOptions};
    ///
    /// let options = ExportOptions::new().compression(Compression::Gzip);
    /// # drop(options);
    /// ```
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }

    /// A PEM file of the certificates that a collector's certificate may descend from. No other roots are trusted then, so
    /// it wins over [`system_roots`](Self::system_roots). By default Mozilla's are, which are compiled in.
    ///
    /// The settings of TLS apply to `https://` endpoints, and need the feature `tls`.
    ///
    /// ```
    /// use tasker_span_runtime::ExportOptions;
    ///
    /// let options = ExportOptions::new()
    ///     .endpoint("https://collector.internal:4317")
    ///     .certificate("/etc/ssl/internal-ca.pem");
    /// # drop(options);
    /// ```
    pub fn certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls.certificate = Some(path.into());
        self
    }

    /// The PEM files of this program's certificate, with those between it and its root, and of its private key, for
    /// collectors that ask for one (mutual TLS). The key must not be encrypted.
    ///
    /// ```
    /// use tasker_span_runtime::ExportOptions;
    ///
    /// let options = ExportOptions::new()
    ///     .endpoint("https://collector.internal:4317")
    ///     .client_certificate("/etc/ssl/worker.pem", "/etc/ssl/worker.key");
    /// # drop(options);
    /// ```
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.client_certificate = Some((certificate.into(), key.into()));
        self
    }

    /// Trusts the roots of the operating system instead of Mozilla's. Needs the feature `tls-system-roots`.
    ///
    /// The variables `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them by those of a file or of directories.
    ///
    /// ```
    /// use tasker_span_runtime::ExportOptions;
    ///
    /// let options = ExportOptions::new().endpoint("https://collector.internal:4317").system_roots();
    /// # drop(options);
    /// ```
    pub fn system_roots(mut self) -> Self {
        self.tls.system_roots = true;
        self
    }
}

/// Without the values of headers, and without credentials and the query of the endpoint.
impl fmt::Debug for ExportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A name that is not valid may be a part of a token.
        let names = self
            .headers
            .iter()
            .map(|(name, _)| match HeaderName::from_bytes(name.as_bytes()) {
                Ok(_) => name,
                Err(_) => "…",
            });
        f.debug_struct("ExportOptions")
            .field("endpoint", &self.endpoint.as_deref().map(redact::url))
            .field("protocol", &self.protocol)
            .field("timeout", &self.timeout)
            .field("headers", &names.collect::<Vec<_>>())
            .field("compression", &self.compression)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
