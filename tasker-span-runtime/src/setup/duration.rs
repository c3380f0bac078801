//! A duration as a text: a whole number and its unit.

use std::time::Duration;

/// What a message expects instead of another text.
pub(super) const EXPECTED: &str = "expected a whole number and its unit, such as \"500ms\", \"5s\" or \"2m\"";

/// Parses a duration such as `500ms`. `None` if it has no unit, another unit, or is not a whole number.
pub(super) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    let unit_at = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit_at);
    let number: u64 = number.parse().ok()?;
    let seconds = |seconds| Some(Duration::from_secs(number.checked_mul(seconds)?));
    match unit.trim_start() {
        "us" => Some(Duration::from_micros(number)),
        "ms" => Some(Duration::from_millis(number)),
        "s" => seconds(1),
        "m" => seconds(60),
        "h" => seconds(3600),
        _ => None,
    }
}

/// The duration in the largest unit in which it is whole.
pub(super) fn shown(duration: Duration) -> String {
    let micros = duration.as_micros();
    let units = [
        ("h", 3_600_000_000),
        ("m", 60_000_000),
        ("s", 1_000_000),
        ("ms", 1_000),
        ("us", 1),
    ];
    let unit = units
        .iter()
        .find(|(_, size)| micros != 0 && micros.is_multiple_of(*size));
    unit.map_or_else(|| "0s".to_owned(), |(unit, size)| format!("{}{unit}", micros / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_duration_parses_to_itself() {
        for text in ["0s", "20us", "500ms", "5s", "90s", "2m", "36h"] {
            assert_eq!(parse(text).map(shown).as_deref(), Some(text));
        }
        assert_eq!(shown(Duration::from_nanos(1_500)), "1us");
    }

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(parse("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(parse("20us"), Some(Duration::from_micros(20)));
        assert_eq!(
            [parse("0s"), parse("5s"), parse(" 5 s ")],
            [seconds(0), seconds(5), seconds(5)]
        );
        assert_eq!([parse("2m"), parse("1h")], [seconds(120), seconds(3600)]);
        for wrong in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "1.5s",
            "5sec",
            "5S",
            "5 minutes",
            "1m30s",
            "5s.",
            "٥s",
            "99999999999999999999s",
            "9999999999999999999h",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
