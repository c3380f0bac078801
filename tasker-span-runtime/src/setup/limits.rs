//! The limits of spans, by the variables of OpenTelemetry's specification.

use crate::error::Error;
use crate::record::Limits;
use crate::setup::env::Environment;
use crate::setup::settings::{EffectiveSetting, Key};

/// A limit of spans, events or links wins over that of all attributes.
const COUNT: &str = "OTEL_ATTRIBUTE_COUNT_LIMIT";
const LENGTH: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
const LENGTHS: [&str; 2] = ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", LENGTH];

/// A count, its variables, and its name among the settings.
type Count<'l> = (&'l mut u32, &'static [&'static str], &'static str);

pub(super) fn limits(env: Environment<'_>) -> Result<Limits, Error> {
    let mut limits = Limits::DEFAULT;
    for (limit, names, _) in counts(&mut limits) {
        if let Some(count) = env.number(names, 0..=u32::MAX)? {
            *limit = count;
        }
    }
    limits.text = env.number(&LENGTHS, 0..=u32::MAX)?;
    Ok(limits)
}

/// The effective settings.
pub(super) fn settings(mut limits: Limits, env: Environment<'_>) -> Vec<EffectiveSetting> {
    let setting = |name, limit: u32, variables: &_| {
        EffectiveSetting::new(Key::new("telemetry.limits", name), limit.into(), env.source(variables))
    };
    let length = limits
        .text
        .map(|length| setting("attribute_value_length", length, &LENGTHS[..]));
    let counts = counts(&mut limits).into_iter();
    let counts = counts.map(|(limit, variables, name)| setting(name, *limit, variables));
    counts.chain(length).collect()
}

fn counts(limits: &mut Limits) -> [Count<'_>; 5] {
    [
        (
            &mut limits.attributes,
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", COUNT],
            "attributes",
        ),
        (&mut limits.events, &["OTEL_SPAN_EVENT_COUNT_LIMIT"], "events"),
        (&mut limits.links, &["OTEL_SPAN_LINK_COUNT_LIMIT"], "links"),
        (
            &mut limits.event_attributes,
            &["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", COUNT],
            "event_attributes",
        ),
        (
            &mut limits.link_attributes,
            &["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", COUNT],
            "link_attributes",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn has_the_defaults_of_the_specification() {
        assert_eq!(with(&[], limits).unwrap(), Limits::DEFAULT);
    }

    #[test]
    fn the_specific_variable_wins_over_the_general_one() {
        let general = [(COUNT, "7"), (LENGTH, "80"), ("OTEL_SPAN_EVENT_COUNT_LIMIT", "0")];
        let all = Limits {
            attributes: 7,
            events: 0,
            event_attributes: 7,
            link_attributes: 7,
            text: Some(80),
            ..Limits::DEFAULT
        };
        assert_eq!(with(&general, limits).unwrap(), all);
        let specific = [
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
            ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "2"),
            ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "3"),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", "4"),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "0"),
        ];
        let specific = [&general[..], &specific].concat();
        let expected = Limits {
            attributes: 1,
            events: 0,
            links: 4,
            event_attributes: 2,
            link_attributes: 3,
            text: Some(0),
        };
        assert_eq!(with(&specific, limits).unwrap(), expected);
    }

    #[test]
    fn a_limit_is_a_number() {
        for name in ["OTEL_SPAN_LINK_COUNT_LIMIT", LENGTH] {
            let error = with(&[(name, "-1")], limits).unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}`: expected a whole number")), "{error}");
        }
    }
}
