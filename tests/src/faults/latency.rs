//! How long calls took.

use std::time::Duration;

/// Durations, of which quantiles are taken.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Room for so many, so that to measure does not allocate.
    pub(super) fn with_capacity(calls: usize) -> Self {
        Self(Vec::with_capacity(calls))
    }

    pub(super) fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// The duration that this part of them, of 0 to 1, does not exceed; zero where there are none.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index, of a part of 0 to 1"
    )]
    pub fn quantile(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * part).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_durations_that_were_measured() {
        let latencies = Latencies((1..=100).rev().map(Duration::from_millis).collect());
        assert_eq!(latencies.quantile(0.5), Duration::from_millis(50));
        assert_eq!(latencies.quantile(0.99), Duration::from_millis(99));
        assert_eq!(latencies.quantile(1.0), Duration::from_millis(100));
        assert_eq!(Latencies::default().quantile(0.5), Duration::ZERO);
    }
}
