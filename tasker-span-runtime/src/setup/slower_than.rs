//! The settings of slow work, and `TASKER_SPAN_SAMPLE_SLOWER_THAN`: the duration from which unsampled spans are exported, such
//! as `5s`.

use std::time::Duration;

use crate::error::Error;
use crate::setup::duration;
use crate::setup::env::Environment;

pub(super) const VARIABLE: &str = "TASKER_SPAN_SAMPLE_SLOWER_THAN";
/// The key of `[telemetry.tracing]` that it wins over.
pub(super) const KEY: &str = "sample_slower_than";
/// The tables of the durations that win over both.
pub(super) const NAMESPACES: &str = "telemetry.tracing.slower_than.namespaces";
pub(super) const HANDLERS: &str = "telemetry.tracing.slower_than.handlers";

/// The duration of the variable.
pub(super) fn resolve(env: Environment<'_>) -> Result<Option<Duration>, Error> {
    let Some(setting) = env.text(VARIABLE)? else {
        return Ok(None);
    };
    let duration = duration::parse(&setting.value).ok_or_else(|| setting.invalid(duration::EXPECTED))?;
    Ok(Some(duration))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn is_a_duration_with_its_unit() {
        let of = |value| with(&[(VARIABLE, value)], resolve).map_err(|error| error.to_string());
        assert_eq!(of(""), Ok(None));
        assert_eq!(of(" 500ms "), Ok(Some(Duration::from_millis(500))));
        let expected = "expected a whole number and its unit, such as \"500ms\", \"5s\" or \"2m\"";
        let message = of("5").unwrap_err();
        assert!(
            message.contains(VARIABLE) && message.contains('5') && message.ends_with(expected),
            "{message}"
        );
    }
}
