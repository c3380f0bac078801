//! `ExporterChoice`: the exporter that `OTEL_TRACES_EXPORTER` names. `destination` resolves its settings.

use std::fmt;

use crate::error::Error;
use crate::setup::env::Environment;
use crate::setup::warnings::Warnings;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExporterChoice {
    Otlp,
    Console,
    None,
}

impl fmt::Display for ExporterChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Otlp => "otlp",
            Self::Console => "console",
            Self::None => "none",
        })
    }
}

impl ExporterChoice {
    /// One exporter: the first of a list that this crate has.
    pub(super) fn resolve(env: Environment<'_>, warnings: &mut Warnings) -> Result<Self, Error> {
        let Some(setting) = env.text("OTEL_TRACES_EXPORTER")? else {
            return Ok(Self::Otlp);
        };
        let names = setting.names();
        let mut choice = None;
        for name in &names {
            let exporter = match &**name {
                "otlp" => Some(Self::Otlp),
                // The second is the old name, the third a draft of JSON lines.
                "console" | "logging" | "otlp/stdout" => Some(Self::Console),
                "none" => Some(Self::None),
                "zipkin" | "jaeger" => None,
                _ => return Err(setting.invalid("expected `otlp`, `console` or `none`")),
            };
            choice = choice.or(exporter);
        }
        if names.is_empty() {
            return Err(setting.invalid("expected `otlp`, `console` or `none`"));
        }
        let choice = choice.unwrap_or(Self::Otlp);
        if *names != [choice.to_string()] {
            warnings.unsupported(&setting.origin, &names.join(","), format_args!("`{choice}` is used"));
        }
        Ok(choice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    fn resolve(value: &str) -> (Result<ExporterChoice, Error>, Vec<String>) {
        let mut warnings = Warnings::default();
        let choice = with(&[("OTEL_TRACES_EXPORTER", value)], |env| {
            ExporterChoice::resolve(env, &mut warnings)
        });
        (choice, warnings.messages().to_vec())
    }

    #[test]
    fn names_have_no_case() {
        for (value, choice) in [
            ("", ExporterChoice::Otlp),
            ("OTLP", ExporterChoice::Otlp),
            (" Console ", ExporterChoice::Console),
            ("None,", ExporterChoice::None),
            ("otlp, OTLP", ExporterChoice::Otlp),
        ] {
            let (resolved, warnings) = resolve(value);
            assert_eq!((resolved.unwrap(), &*warnings), (choice, &[][..]), "{value}");
        }
    }

    #[test]
    fn an_exporter_that_is_not_supported_is_replaced_with_a_warning() {
        for (value, choice) in [
            ("zipkin", ExporterChoice::Otlp),
            ("logging", ExporterChoice::Console),
            ("otlp/stdout", ExporterChoice::Console),
            ("otlp,console", ExporterChoice::Otlp),
            ("zipkin,console", ExporterChoice::Console),
            ("none,otlp", ExporterChoice::None),
        ] {
            let (resolved, warnings) = resolve(value);
            assert_eq!(resolved.unwrap(), choice, "{value}");
            let origin = "the environment variable `OTEL_TRACES_EXPORTER`";
            assert_eq!(
                warnings,
                [format!("{origin}: `{value}` is not supported; `{choice}` is used")]
            );
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for value in ["zipkn", "otlp,stdout", ",", "otlp console"] {
            let message = resolve(value).0.unwrap_err().to_string();
            assert!(message.contains("expected `otlp`, `console` or `none`"), "{message}");
        }
    }
}
