//! `SettingSource`: where the value of a setting comes from.

use std::fmt;

use crate::error::{Origin, Place};

/// Where the value of a setting comes from.
///
/// ```
/// use tasker_span_runtime::SettingSource;
///
/// // As the line at the start shows it.
/// assert_eq!(SettingSource::Environment("OTEL_SERVICE_NAME").to_string(), "OTEL_SERVICE_NAME");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingSource {
    /// The default of this crate or of OpenTelemetry's specification.
    Default,
    /// The method of the builder, or of [`ExportOptions`](crate::ExportOptions), that has this name.
    Builder(&'static str),
    /// A configuration file.
    #[non_exhaustive]
    File {
        /// The path, as the program has given it.
        path: String,
        /// The line, counted from 1.
        line: usize,
    },
    /// The environment variable that has this name.
    Environment(&'static str),
    /// [`SamplingHandle::set`](crate::SamplingHandle::set), at run time.
    Handle,
}

impl SettingSource {
    /// The kind of the source, and its place in it.
    pub(super) fn parts(&self) -> (&'static str, Option<String>) {
        let kind = match self {
            Self::Default => "default",
            Self::Builder(_) => "builder",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Handle => "handle",
        };
        let at = match self {
            Self::Default | Self::Handle => None,
            Self::Builder(name) | Self::Environment(name) => Some((*name).to_owned()),
            Self::File { path, line } => Some(format!("{path}:{line}")),
        };
        (kind, at)
    }
}

impl From<&Place> for SettingSource {
    fn from(place: &Place) -> Self {
        Self::File {
            path: place.file.to_string(),
            line: place.line,
        }
    }
}

impl From<&Origin> for SettingSource {
    fn from(origin: &Origin) -> Self {
        match origin {
            Origin::Variable(name) => Self::Environment(name),
            Origin::Method(name) | Origin::Function(name) => Self::Builder(name),
            Origin::File(place, _) => place.into(),
        }
    }
}

/// `file:line`, the name of the variable, `.method(…)`, or the kind of the source.
impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.parts()) {
            (Self::Builder(name), _) => write!(f, ".{name}(…)"),
            (_, (kind, None)) => f.write_str(kind),
            (_, (_, Some(at))) => f.write_str(&at),
        }
    }
}
