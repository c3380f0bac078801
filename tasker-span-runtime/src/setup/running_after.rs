//! The setting of running work: `telemetry.tracing.running_after` of the file, and `TASKER_SPAN_RUNNING_AFTER`: the age from
//! which open work gets markers, such as `10s`. `0s` is off.

use std::time::Duration;

use crate::error::Error;
use crate::setup::config::Config;
use crate::setup::duration;
use crate::setup::env::Environment;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, text};

pub(super) const VARIABLE: &str = "TASKER_SPAN_RUNNING_AFTER";
/// The key in `[telemetry.tracing]`.
pub(super) const KEY: &str = "running_after";

/// The age that applies, and the setting if there is one. The variable wins over the file, and the file over the builder.
pub(super) fn resolve(
    builder: Option<Duration>,
    config: &Config,
    env: Environment<'_>,
) -> Result<(Option<Duration>, Option<EffectiveSetting>), Error> {
    let key = Key::new("telemetry.tracing", KEY);
    let (after, source) = match (of_environment(env)?, config.tracing.running_after, builder) {
        (Some(after), _, _) => (after, SettingSource::Environment(VARIABLE)),
        (None, Some(after), _) => (after, config.source(&key)),
        (None, None, Some(after)) => (after, SettingSource::Builder("running_after")),
        (None, None, None) => return Ok((None, None)),
    };
    let setting = EffectiveSetting::new(key, text(duration::shown(after)), source);
    Ok((Some(after).filter(|after| !after.is_zero()), Some(setting)))
}

pub(super) fn of_environment(env: Environment<'_>) -> Result<Option<Duration>, Error> {
    let Some(setting) = env.text(VARIABLE)? else {
        return Ok(None);
    };
    let after = duration::parse(&setting.value).ok_or_else(|| setting.invalid(duration::EXPECTED))?;
    Ok(Some(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn the_variable_wins_over_the_file_and_the_file_over_the_builder() {
        let of = |builder, file, variables: &[(&str, &str)]| {
            let mut config = Config::default();
            config.tracing.running_after = file;
            with(variables, |env| resolve(builder, &config, env))
        };
        let after = |builder, file, variables: &[(&str, &str)]| of(builder, file, variables).unwrap().0;
        let [one, two] = [1, 2].map(|seconds| Some(Duration::from_secs(seconds)));
        assert_eq!(of(None, None, &[(VARIABLE, "")]).unwrap(), (None, None));
        assert_eq!(after(one, None, &[]), one);
        assert_eq!(after(one, two, &[]), two);
        assert_eq!(after(None, two, &[(VARIABLE, " 1s ")]), one);
        let (off, setting) = of(one, two, &[(VARIABLE, "0s")]).unwrap();
        assert_eq!(off, None);
        assert_eq!(setting.unwrap().value(), "0s");
        let message = of(one, None, &[(VARIABLE, "soon")]).unwrap_err().to_string();
        let is_told = message.contains(VARIABLE) && message.contains("soon");
        assert!(is_told && message.ends_with(duration::EXPECTED), "{message}");
    }
}
