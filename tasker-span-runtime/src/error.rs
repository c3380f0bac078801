//! `Error`: the one error of this crate. Only setup returns it; annotated functions never see it.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::printable::{is_printable, printable};

/// Why telemetry could not be set up, flushed or shut down.
///
/// The message names the variable, the builder's method or the position in the configuration file, the value found there,
/// and the expected values. The predicates tell the kinds apart. The type is opaque, so new kinds are not breaking changes.
///
/// ```
/// use tasker_span_runtime::{ExportOptions, Telemetry};
///
/// # tasker_span_runtime::ignore_environment();
/// let options = ExportOptions::new().endpoint("collector:4317");
/// let error = Telemetry::builder().export(options).build().unwrap_err();
/// assert!(error.is_invalid_endpoint());
/// assert!(error.to_string().starts_with(r#"invalid value "collector:4317" for `.endpoint(…)`"#));
/// ```
#[derive(Clone)]
pub struct Error {
    // One word, so that the `Result`s of setup stay small.
    inner: Arc<Inner>,
}

struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
    source: Option<Cause>,
}

/// The text of a cause and of its causes. It may be a collector's, so it is escaped: it forges no line of a log.
#[derive(Debug)]
struct Cause {
    text: String,
    source: Option<Box<Self>>,
}

/// The kinds that the predicates tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Endpoint,
    Protocol,
    Configuration,
    AlreadyInstalled,
    Exporter,
    Timeout,
    ShutDown,
}

/// The source of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Variable(&'static str),
    Method(&'static str),
    Function(&'static str),
    /// A key of the configuration file, with its tables.
    File(Place, &'static str),
}

/// A position in a file, counted from 1, in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// In the form of compilers, which terminals and editors link.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the environment variable `{name}`"),
            Self::Method(name) => write!(f, "`.{name}(…)`"),
            Self::Function(name) => write!(f, "`otel::{name}(…)`"),
            Self::File(_, key) => write!(f, "`{key}`"),
        }
    }
}

/// Longer values are cut.
const LONGEST_VALUE: usize = 200;

impl Error {
    /// The endpoint of the collector is not a URL, or needs a feature that is not compiled in.
    pub fn is_invalid_endpoint(&self) -> bool {
        self.inner.kind == Kind::Endpoint
    }

    /// The export protocol is unknown, or its feature is not compiled in.
    pub fn is_invalid_protocol(&self) -> bool {
        self.inner.kind == Kind::Protocol
    }

    /// A setting is wrong. The endpoint and the protocol are settings too.
    pub fn is_invalid_configuration(&self) -> bool {
        matches!(self.inner.kind, Kind::Endpoint | Kind::Protocol | Kind::Configuration)
    }

    /// The process already has a global `tracing` subscriber, or this [`Telemetry`](crate::Telemetry) already exports.
    pub fn is_already_installed(&self) -> bool {
        self.inner.kind == Kind::AlreadyInstalled
    }

    /// The exporter could not be built, or the collector did not accept the spans.
    pub fn is_exporter(&self) -> bool {
        self.inner.kind == Kind::Exporter
    }

    /// The deadline passed.
    pub fn is_timeout(&self) -> bool {
        self.inner.kind == Kind::Timeout
    }

    /// The [`Telemetry`](crate::Telemetry) is already shut down.
    pub fn is_shut_down(&self) -> bool {
        self.inner.kind == Kind::ShutDown
    }

    #[cold]
    pub(crate) fn new(kind: Kind, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            inner: Arc::new(Inner {
                kind,
                message: visible(message.into()),
                source: None,
            }),
        }
    }

    /// A setting with a wrong value. `problem` names the mistake and the expected values.
    #[cold]
    pub(crate) fn invalid(kind: Kind, origin: Origin, value: &str, problem: impl fmt::Display) -> Self {
        let end = value
            .char_indices()
            .nth(LONGEST_VALUE)
            .map_or(value.len(), |(end, _)| end);
        let cut = if end < value.len() { "…" } else { "" };
        let message = format!("invalid value {:?}{cut} for {origin}: {problem}", &value[..end]);
        Self::new(
            kind,
            match origin {
                Origin::File(place, _) => format!("{place}: {message}"),
                Origin::Variable(_) | Origin::Method(_) | Origin::Function(_) => message,
            },
        )
    }

    #[cold]
    pub(crate) fn exporter(
        message: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        let source: Box<dyn StdError> = source.into();
        Self {
            inner: Arc::new(Inner {
                kind: Kind::Exporter,
                message: visible(message.into()),
                source: Some(Cause::of(&*source)),
            }),
        }
    }

    #[cold]
    pub(crate) fn timeout(work: &str, deadline: Duration) -> Self {
        Self::new(Kind::Timeout, format!("{work} did not end within {deadline:?}"))
    }

    #[cold]
    pub(crate) fn shut_down() -> Self {
        Self::new(Kind::ShutDown, "telemetry is already shut down")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

/// The message and its causes, as a `main` that returns `Result` prints them.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner
            .source
            .as_ref()
            .map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// A message quotes settings: `{:?}` shows letters of no width as they are. Each mistake of a file has a line.
fn visible(message: Cow<'static, str>) -> Cow<'static, str> {
    if message.split('\n').all(is_printable) {
        return message;
    }
    let lines: Vec<_> = message.split('\n').map(printable).collect();
    lines.join("\n").into()
}

impl Cause {
    fn of(error: &dyn StdError) -> Self {
        Self {
            text: printable(&error.to_string()).into_owned(),
            source: error.source().map(|source| Box::new(Self::of(source))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_setting_and_cuts_long_values() {
        let origin = Origin::Variable("OTEL_BSP_MAX_QUEUE_SIZE");
        let error = Error::invalid(Kind::Configuration, origin, &"é".repeat(300), "expected a number");
        assert!(error.is_invalid_configuration() && !error.is_invalid_endpoint());
        let message = error.to_string();
        assert!(
            message.contains("`OTEL_BSP_MAX_QUEUE_SIZE`: expected a number"),
            "{message}"
        );
        assert_eq!(message.matches('é').count(), LONGEST_VALUE);
    }

    #[test]
    fn shows_what_is_invisible_in_a_value() {
        let origin = Origin::Variable("OTEL_TRACES_SAMPLER");
        let error = Error::invalid(
            Kind::Configuration,
            origin,
            "a\u{3164}\u{202e}",
            "expected \u{115f}\r\n",
        );
        let message = r#"invalid value "a\u{3164}\u{202e}" for the environment variable `OTEL_TRACES_SAMPLER`: expected \u{115f}\r"#;
        assert_eq!(error.to_string(), format!("{message}\n"));
    }

    #[test]
    fn prints_its_causes_in_debug_only() {
        let error = Error::exporter("no exporter", "connection refused");
        assert_eq!(error.to_string(), "no exporter");
        assert_eq!(format!("{error:?}"), "no exporter: connection refused");
    }

    #[test]
    fn a_cause_forges_no_line() {
        let status = std::io::Error::other("status: \u{1b}[2K\nERROR forged");
        let error = Error::exporter("the collector did not take the spans", std::io::Error::other(status));
        assert!(!format!("{error:?}").contains(char::is_control), "{error:?}");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "status: \\u{1b}[2K\\nERROR forged");
    }
}
