//! `Threshold`: the [rejection threshold T of consistent probability
//! sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#rejection-threshold-th).

use std::fmt;

#[cfg(any(test, feature = "testing"))]
use super::randomness::lower_hex;
use super::randomness::{RANGE, Randomness};

/// 56 bits as hex digits.
const DIGITS: usize = 14;

/// How many of 2⁵⁶ are unsampled: from 0, which samples all, to 2⁵⁶, which samples nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Threshold(u64);

impl Threshold {
    pub(crate) const ALWAYS: Self = Self(0);
    pub(crate) const NEVER: Self = Self(RANGE);

    /// The threshold of a rate. `None` if the number is not from 0 to 1.
    ///
    /// All digits are used, not the recommended four, so that the written threshold is the applied
    /// one. A rate above 0 samples at least one of 2⁵⁶, the smallest share of the specification.
    pub(crate) fn from_rate(rate: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&rate) {
            return None;
        }
        if rate == 0.0 {
            return Some(Self::NEVER);
        }
        // A power of two moves the binary point: only the bits below 2⁻⁵⁶ are rounded.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "2⁵⁶ is exact, and the product is between 0 and it"
        )]
        let share = (rate * RANGE as f64).round() as u64;
        Some(Self::from_share(share.max(1)))
    }

    /// The threshold that samples this many of 2⁵⁶.
    pub(super) fn from_share(share: u64) -> Self {
        Self(RANGE.saturating_sub(share))
    }

    /// How many of 2⁵⁶ are sampled.
    pub(super) fn share(self) -> u64 {
        RANGE - self.0
    }

    pub(crate) fn samples(self, randomness: Randomness) -> bool {
        randomness.to_u64() >= self.0
    }

    pub(crate) fn is_always(self) -> bool {
        self == Self::ALWAYS
    }

    pub(crate) fn is_never(self) -> bool {
        self == Self::NEVER
    }

    /// The sampling probability. A sampled span represents `1 / rate` spans.
    #[cfg(any(test, feature = "testing"))]
    #[expect(clippy::cast_precision_loss, reason = "a rate has 53 bits, which are not lost")]
    pub(super) fn rate(self) -> f64 {
        self.share() as f64 / RANGE as f64
    }

    /// Parses a
    /// [`th`](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th):
    /// 1 to 14 lower-case hex digits, followed by implied zeros.
    #[cfg(any(test, feature = "testing"))]
    pub(super) fn parse_th(text: &str) -> Option<Self> {
        Some(Self(lower_hex(text)? << (4 * (DIGITS - text.len()))))
    }
}

/// The value of `th`. The threshold of rate 0 has none, because that is not a probability: it is
/// displayed as `never`.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            return f.write_str("never");
        }
        if self.is_always() {
            return f.write_str("0");
        }
        let zeros = self.0.trailing_zeros() / 4;
        write!(f, "{:0width$x}", self.0 >> (4 * zeros), width = DIGITS - zeros as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(rate: f64) -> Threshold {
        Threshold::from_rate(rate).unwrap()
    }

    #[test]
    fn zero_and_one_are_exact() {
        let [least, most] = [0, RANGE - 1].map(|number| Randomness::from_u64(number).unwrap());
        let expected = [Threshold::NEVER, Threshold::NEVER, Threshold::ALWAYS];
        assert_eq!([0.0, -0.0, 1.0].map(rate), expected);
        assert!(Threshold::ALWAYS.samples(least) && !Threshold::NEVER.samples(most));
        assert!(!rate(1.0 - f64::EPSILON).is_always() && !rate(1.0 - f64::EPSILON).samples(least));
        assert_eq!(Threshold::ALWAYS.rate().to_bits(), 1.0_f64.to_bits());
        assert_eq!(Threshold::NEVER.rate().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_rate_above_zero_samples_something() {
        for tiny in [f64::MIN_POSITIVE, f64::from_bits(1), 2_f64.powi(-56), 2_f64.powi(-57)] {
            assert_eq!(rate(tiny), Threshold(RANGE - 1), "{tiny}");
        }
    }

    #[test]
    fn other_numbers_have_no_threshold() {
        let (below, above) = (-f64::EPSILON, 1.0 + f64::EPSILON);
        for number in [f64::NAN, below, above, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Threshold::from_rate(number), None, "{number}");
        }
    }

    #[test]
    fn powers_of_two_are_written_as_in_the_specification() {
        let rates = [1.0, 0.5, 0.25, 0.125, 0.0625, 0.75];
        let written = rates.map(|number| rate(number).to_string());
        assert_eq!(written, ["0", "8", "c", "e", "f", "4"]);
        assert_eq!(rate(1.0 - 2_f64.powi(-8)).to_string(), "01");
        assert_eq!(Threshold(1).to_string(), "00000000000001");
        assert_eq!(Threshold::NEVER.to_string(), "never");
    }

    /// The thresholds of 1-in-N sampling with 3, 4 and 5 digits, from the specification's section
    /// "Converting floating-point probability to threshold value": ours, rounded.
    #[test]
    fn rounded_thresholds_are_those_of_the_specification() {
        let table = [
            (1, ["0", "0", "0"]),
            (2, ["8", "8", "8"]),
            (3, ["aab", "aaab", "aaaab"]),
            (4, ["c", "c", "c"]),
            (5, ["ccd", "cccd", "ccccd"]),
            (8, ["e", "e", "e"]),
            (10, ["e66", "e666", "e6666"]),
            (16, ["f", "f", "f"]),
            (100, ["fd71", "fd70a", "fd70a4"]),
            (1_000, ["ffbe7", "ffbe77", "ffbe76d"]),
            (10_000, ["fff972", "fff9724", "fff97247"]),
            (100_000, ["ffff584", "ffff583a", "ffff583a5"]),
            (1_000_000, ["ffffef4", "ffffef39", "ffffef391"]),
        ];
        for (n, written) in table {
            let threshold = rate(1.0 / f64::from(n));
            // Leading digits `f` do not add to the precision of a small rate, and do not count.
            let leading = threshold.share().leading_zeros().saturating_sub(8) / 4;
            for (digits, th) in (3..).zip(written) {
                let bits = 56 - 4 * (digits + leading);
                let rounded = (threshold.0 + (1_u64 << bits >> 1)) >> bits << bits;
                assert_eq!(Threshold(rounded).to_string(), th, "1 in {n}");
                assert_eq!(Threshold::parse_th(th), Some(Threshold(rounded)), "1 in {n}");
            }
        }
    }

    proptest! {
        #[test]
        fn written_thresholds_parse_to_themselves(number in 0..RANGE) {
            let written = Threshold(number).to_string();
            prop_assert!(written == "0" || !written.ends_with('0'), "{written}");
            prop_assert_eq!(Threshold::parse_th(&written), Some(Threshold(number)));
        }

        #[test]
        fn a_rate_comes_back(number in 0.0_f64..=1.0) {
            let error = (rate(number).rate() - number).abs();
            prop_assert!(error <= 2_f64.powi(-57), "{number} is off by {error}");
        }

        #[test]
        fn higher_rates_sample_whatever_lower_rates_sample(a in 0.0_f64..=1.0, b in 0.0_f64..=1.0, r in 0..RANGE) {
            let r = Randomness::from_u64(r).unwrap();
            prop_assert!(!rate(a.min(b)).samples(r) || rate(a.max(b)).samples(r));
        }
    }
}
