//! The arguments that name a Jaeger, and those of its search.

use std::fmt;
use std::time::Duration;

use clap::Args;

use super::http::without_credentials;

pub(super) const DEFAULT: &str = "http://localhost:16686";

/// Where Jaeger is.
#[derive(Clone, Debug, Args)]
pub(crate) struct Address {
    /// The address of Jaeger's pages and query API, with its base path, if it has one.
    #[arg(long = "jaeger", value_name = "URL", env = "TASKER_SPAN_JAEGER_URL", default_value = DEFAULT, hide_env_values = true)]
    url: String,
}

/// How far Jaeger searches.
#[derive(Clone, Debug, Args)]
pub(crate) struct Search {
    /// How far back Jaeger is searched: `90m`, `12h`, `7d`.
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub(super) lookback: Duration,
    /// How many traces of each service Jaeger is asked for.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = limit)]
    pub(super) limit: usize,
}

impl Address {
    /// Without the slash at its end. An empty variable counts as absent.
    pub(crate) fn url(&self) -> String {
        let url = if self.url.is_empty() { DEFAULT } else { &self.url };
        url.trim_end_matches('/').to_owned()
    }
}

impl fmt::Display for Address {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_credentials(&self.url()))
    }
}

impl Default for Search {
    fn default() -> Self {
        Self {
            lookback: Duration::from_hours(7 * 24),
            limit: 100,
        }
    }
}

fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| (1..=10_000).contains(limit));
    limit.ok_or_else(|| "expected a number from 1 to 10000".to_owned())
}

/// A whole number of seconds, minutes, hours or days.
fn duration(text: &str) -> Result<Duration, String> {
    let parsed = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3600,
            "d" => 24 * 3600,
            _ => return None,
        };
        let seconds = number.parse::<u64>().ok()?.checked_mul(seconds)?;
        (seconds > 0).then(|| Duration::from_secs(seconds))
    };
    parsed().ok_or_else(|| "expected a number and a unit: `90m`, `12h` or `7d`".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_number_and_unit_is_a_duration_or_a_mistake(number in any::<u64>(), unit in "[smhd]|\\PC{0,2}", other in any::<String>()) {
            if let Ok(read) = duration(&format!("{number}{unit}")) {
                prop_assert!(read.as_secs() >= number && number > 0);
            }
            let _ = duration(&other);
            prop_assert!(limit(&other).is_ok_and(|limit| limit <= 10_000) || limit(&other).is_err());
        }
    }

    #[test]
    fn durations_have_a_unit() {
        for (text, seconds) in [
            ("90m", Some(5400)),
            ("1d", Some(86_400)),
            ("2h", Some(7200)),
            ("5s", Some(5)),
        ] {
            assert_eq!(duration(text).ok(), seconds.map(Duration::from_secs), "{text}");
        }
        for text in [
            "",
            "5",
            "h",
            "0d",
            "-1h",
            "1.5h",
            "1ü",
            "99999999999999999999d",
            "18446744073709551615d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
