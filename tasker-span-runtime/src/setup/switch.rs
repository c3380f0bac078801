//! Whether telemetry is on. `OTEL_SDK_DISABLED` wins over Tasker's `TELEMETRY_ENABLED`, and both over the configuration file.

use crate::error::Error;
use crate::setup::config::Config;
use crate::setup::env::Environment;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource};

/// `telemetry.enabled`.
pub(super) fn enabled(config: &Config, env: Environment<'_>) -> Result<(bool, EffectiveSetting), Error> {
    let (enabled, source) = resolve(config, env)?;
    let key = Key::new("telemetry", "enabled");
    Ok((enabled, EffectiveSetting::new(key, enabled.into(), source)))
}

fn resolve(config: &Config, env: Environment<'_>) -> Result<(bool, SettingSource), Error> {
    const DISABLED: &str = "OTEL_SDK_DISABLED";
    const ENABLED: &str = "TELEMETRY_ENABLED";

    let (disabled, enabled) = (env.flag(DISABLED)?, env.flag_or_digit(ENABLED)?);
    if let Some(disabled) = disabled {
        return Ok((!disabled, SettingSource::Environment(DISABLED)));
    }
    if let Some(enabled) = enabled {
        return Ok((enabled, SettingSource::Environment(ENABLED)));
    }
    let of_file = |table, flag: Option<bool>| flag.map(|flag| (flag, config.source(&Key::new(table, "enabled"))));
    // Spans are all that `[telemetry.tracing]` is about: without them nothing is left.
    let tracing = of_file("telemetry.tracing", config.tracing.enabled.filter(|enabled| !enabled));
    let whole = of_file("telemetry", config.enabled);
    Ok(tracing.or(whole).unwrap_or((true, SettingSource::Default)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::config::Tracing;
    use crate::setup::env::tests::with;

    fn is_enabled(file: (Option<bool>, Option<bool>), variables: &[(&str, &str)]) -> bool {
        let tracing = Tracing {
            enabled: file.1,
            ..Tracing::default()
        };
        let config = Config {
            enabled: file.0,
            tracing,
            ..Config::default()
        };
        with(variables, |env| enabled(&config, env)).unwrap().0
    }

    #[test]
    fn the_file_has_two_switches() {
        let (on, off) = (Some(true), Some(false));
        for (file, expected) in [
            ((None, None), true),
            ((on, None), true),
            ((off, None), false),
            ((off, on), false),
            ((on, off), false),
            ((None, off), false),
        ] {
            assert_eq!(is_enabled(file, &[]), expected, "{file:?}");
        }
    }

    #[test]
    fn the_variables_win_over_the_file_and_the_standard_one_over_tasker_s() {
        let (off, tasker, standard) = ((Some(false), None), "TELEMETRY_ENABLED", "OTEL_SDK_DISABLED");
        for (value, expected) in [
            ("true", true),
            ("TRUE", true),
            ("1", true),
            ("0", false),
            ("False", false),
        ] {
            assert_eq!(is_enabled(off, &[(tasker, value)]), expected, "{value}");
            assert_eq!(is_enabled((None, None), &[(tasker, value)]), expected, "{value}");
        }
        assert!(!is_enabled((None, None), &[(tasker, "true"), (standard, "true")]));
        assert!(is_enabled(off, &[(tasker, "false"), (standard, "false")]));
        assert!(!is_enabled(off, &[(tasker, "")]));
    }

    #[test]
    fn another_value_is_an_error() {
        let result = with(&[("TELEMETRY_ENABLED", "yes")], |env| enabled(&Config::default(), env));
        let expected = "invalid value \"yes\" for the environment variable `TELEMETRY_ENABLED`: expected `true`, `false`, \
                        `1` or `0`";
        assert_eq!(result.unwrap_err().to_string(), expected);
    }
}
