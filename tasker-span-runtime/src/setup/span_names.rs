//! The setting of exported names: `telemetry.tracing.span_names` of the file, and `TASKER_SPAN_NAMES`.

use crate::error::Error;
use crate::record::SpanNames;
use crate::setup::config::Config;
use crate::setup::env::Environment;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, text};

pub(super) const VARIABLE: &str = "TASKER_SPAN_NAMES";
/// The key in `[telemetry.tracing]`.
pub(super) const KEY: &str = "span_names";
/// What a message expects instead of another text.
pub(super) const EXPECTED: &str = "expected \"plain\" or \"detailed\"";
pub(super) const ALL: [&str; 2] = ["plain", "detailed"];

pub(super) fn parse(name: &str) -> Option<SpanNames> {
    match name {
        "plain" => Some(SpanNames::Plain),
        "detailed" => Some(SpanNames::Detailed),
        _ => None,
    }
}

/// The names that apply, with their source. The variable wins over the file, and the file over the builder.
pub(super) fn resolve(
    builder: SpanNames,
    config: &Config,
    env: Environment<'_>,
) -> Result<(SpanNames, EffectiveSetting), Error> {
    let key = Key::new("telemetry.tracing", KEY);
    let (names, source) = match (of_environment(env)?, config.tracing.span_names) {
        (Some(names), _) => (names, SettingSource::Environment(VARIABLE)),
        (None, Some(names)) => (names, config.source(&key)),
        (None, None) if builder == SpanNames::default() => (builder, SettingSource::Default),
        (None, None) => (builder, SettingSource::Builder("span_names")),
    };
    let name = if names.is_detailed() { "detailed" } else { "plain" };
    Ok((names, EffectiveSetting::new(key, text(name), source)))
}

pub(super) fn of_environment(env: Environment<'_>) -> Result<Option<SpanNames>, Error> {
    let Some(setting) = env.text(VARIABLE)? else {
        return Ok(None);
    };
    let names = parse(&setting.name()).ok_or_else(|| setting.invalid(EXPECTED))?;
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn the_variable_wins_over_the_file_and_the_file_over_the_builder() {
        let of = |builder, file, variables: &[(&str, &str)]| {
            let mut config = Config::default();
            config.tracing.span_names = file;
            with(variables, |env| resolve(builder, &config, env)).map(|(names, _)| names)
        };
        let (plain, detailed) = (SpanNames::Plain, SpanNames::Detailed);
        assert_eq!(of(detailed, None, &[(VARIABLE, "")]).unwrap(), detailed);
        assert_eq!(of(detailed, Some(plain), &[]).unwrap(), plain);
        assert_eq!(of(plain, Some(plain), &[(VARIABLE, " Detailed ")]).unwrap(), detailed);
        let message = of(plain, None, &[(VARIABLE, "long")]).unwrap_err().to_string();
        assert!(message.contains(VARIABLE) && message.ends_with(EXPECTED), "{message}");
    }
}
