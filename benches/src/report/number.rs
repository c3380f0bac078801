//! Numbers as people read them: three digits that mean something.

use crate::comparison::Spread;

/// A time in nanoseconds.
pub fn time(nanoseconds: f64) -> String {
    let (value, unit) = scaled(nanoseconds);
    format!("{} {unit}", digits(value))
}

/// The quartiles of a time, in one unit.
pub fn spread_of_time(spread: Spread) -> String {
    let (high, unit) = scaled(spread.high);
    let low = spread.low * high / spread.high;
    format!("{}–{} {unit}", digits(low), digits(high))
}

/// How many times something is something else.
pub fn factor(factor: f64) -> String {
    digits(factor)
}

/// The quartiles of a factor.
pub fn spread_of_factor(spread: Spread) -> String {
    format!("{}–{}", digits(spread.low), digits(spread.high))
}

/// A number of bytes.
pub fn bytes(bytes: f64) -> String {
    format!("{} B", thousands(&format!("{bytes:.0}")))
}

/// A count, which is far below the integers that a float holds exactly.
#[expect(clippy::cast_precision_loss)]
pub fn float(count: u64) -> f64 {
    count as f64
}

/// A whole number, of which there are many.
pub fn whole(number: f64) -> String {
    thousands(&format!("{number:.0}"))
}

/// How many there are on average: mostly a whole number.
pub fn count(count: f64) -> String {
    let text = format!("{count:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn scaled(nanoseconds: f64) -> (f64, &'static str) {
    if nanoseconds < 999.5 {
        (nanoseconds, "ns")
    } else if nanoseconds < 999_500.0 {
        (nanoseconds / 1e3, "µs")
    } else {
        (nanoseconds / 1e6, "ms")
    }
}

fn digits(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 {
        return "0".to_owned();
    }
    let text = if magnitude >= 99.95 {
        format!("{value:.0}")
    } else if magnitude >= 9.995 {
        format!("{value:.1}")
    } else if magnitude >= 0.1 {
        format!("{value:.2}")
    } else if magnitude >= 0.01 {
        format!("{value:.3}")
    } else {
        format!("{value:.4}")
    };
    thousands(&text)
}

/// `12345` is `12,345`.
fn thousands(text: &str) -> String {
    let whole = text.split('.').next().unwrap_or(text).trim_start_matches('-').len();
    if whole <= 3 || text.contains('.') {
        return text.to_owned();
    }
    let mut grouped = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) && text.as_bytes()[at - 1].is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_unit() {
        assert_eq!(time(1.234), "1.23 ns");
        assert_eq!(time(31.25), "31.2 ns");
        assert_eq!(time(456.7), "457 ns");
        assert_eq!(time(1_456.7), "1.46 µs");
        assert_eq!(time(2_000_000.0), "2.00 ms");
    }

    #[test]
    fn quartiles_have_one_unit() {
        let spread = Spread {
            low: 950.0,
            median: 1000.0,
            high: 1100.0,
        };
        assert_eq!(spread_of_time(spread), "0.95–1.10 µs");
    }

    #[test]
    fn groups_thousands() {
        assert_eq!(bytes(1234.4), "1,234 B");
        assert_eq!(whole(18_929.7), "18,930");
        assert_eq!(bytes(1_234_567.0), "1,234,567 B");
        assert_eq!(bytes(12.0), "12 B");
        assert_eq!(
            (count(12.001), count(7.5), count(20.0)),
            ("12".into(), "7.5".into(), "20".into())
        );
        assert_eq!(factor(0.012_34), "0.012");
    }
}
