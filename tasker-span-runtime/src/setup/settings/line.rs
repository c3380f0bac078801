//! The line of a program's start: the most important settings.

use std::fmt;

use crate::printable::printable;
use crate::setup::settings::{SettingSource, Settings};

/// More namespaces are only counted.
const MOST_NAMESPACES: usize = 8;

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |key: &str| self.get(&format!("telemetry.{key}"));
        if let Some(enabled) = get("enabled").filter(|enabled| enabled.value() == "false") {
            return write(f, "telemetry is off", &enabled.source);
        }
        self.write_destination(f)?;
        let mut part = |name: &str, key: &str| match get(key) {
            Some(setting) => write!(f, "{name}{setting}"),
            None => Ok(()),
        };
        part(" as ", "service_name")?;
        part(", tasks ", "tracing.sample_rate")?;
        part(", steps ", "tracing.steps.sample_rate")?;
        part(", all slower than ", "tracing.sample_slower_than")?;
        part(", running work after ", "tracing.running_after")?;
        let namespaces = || {
            let all = self.effective.iter();
            all.filter(|setting| setting.key.table == "telemetry.tracing.steps.namespaces")
        };
        for setting in namespaces().take(MOST_NAMESPACES) {
            write!(f, ", {} {setting}", printable(&setting.key.name))?;
        }
        match namespaces().count().saturating_sub(MOST_NAMESPACES) {
            0 => {}
            more => write!(f, ", {more} more namespaces")?,
        }
        match get("tracing.steps.keep_errors") {
            Some(setting) if setting.value() == "false" => write(f, ", no unsampled errors", &setting.source),
            _ => Ok(()),
        }
    }
}

impl Settings {
    /// Where spans go, alone: for an export that starts later.
    pub(in crate::setup) fn destination(&self) -> impl fmt::Display {
        struct Destination<'s>(&'s Settings);

        impl fmt::Display for Destination<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write_destination(f)
            }
        }
        Destination(self)
    }

    fn write_destination(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(exporter) = self.get("telemetry.export.exporter") else {
            return f.write_str("not exporting");
        };
        match (&*exporter.value(), self.get("telemetry.exporter_endpoint")) {
            ("otlp", Some(endpoint)) => write!(f, "exporting to {endpoint}"),
            ("none", _) => write(f, "not exporting", &exporter.source),
            ("console", _) => write(f, "exporting to standard output", &exporter.source),
            _ => write(f, "exporting to the exporter of the program", &exporter.source),
        }
    }
}

/// A text, and in brackets its source, unless it is the default.
pub(super) fn write(f: &mut fmt::Formatter<'_>, text: &str, source: &SettingSource) -> fmt::Result {
    match source {
        SettingSource::Default => f.write_str(&printable(text)),
        source => write!(f, "{} ({source})", printable(text)),
    }
}
