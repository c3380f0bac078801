//! `Randomness`: the [randomness value R of consistent probability
//! sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#randomness-value-rv).

use std::fmt;
use std::num::NonZero;

use uuid::Uuid;

use crate::identity::{self, TraceId};

/// How many values 56 bits have: those of a trace id that are random.
pub(super) const RANGE: u64 = 1 << 56;

/// 56 bits that are compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Randomness(NonZero<u64>);

impl Randomness {
    /// One more, so that none takes no memory of its own.
    fn new(number: u64) -> Self {
        Self(NonZero::<u64>::MIN.saturating_add(number))
    }

    /// The last 56 bits of a trace id. They are random as [W3C Trace Context, Level
    /// 2](https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id) requires: a task's trace
    /// id is a hash.
    pub(crate) fn of_trace(trace: TraceId) -> Self {
        let mut low = [0; 8];
        low[1..].copy_from_slice(&trace.to_u128().to_be_bytes()[9..]);
        Self::new(u64::from_be_bytes(low))
    }

    /// The same for every attempt at the step.
    pub(crate) fn of_step(step: Uuid) -> Self {
        Self::new(identity::step_randomness(step))
    }

    pub(super) fn from_u64(number: u64) -> Option<Self> {
        (number < RANGE).then_some(Self::new(number))
    }

    pub(super) fn to_u64(self) -> u64 {
        self.0.get() - 1
    }

    /// Parses an
    /// [`rv`](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#explicit-randomness-value-rv):
    /// exactly 14 lower-case hex digits.
    pub(crate) fn parse_rv(text: &str) -> Option<Self> {
        lower_hex(text).filter(|_| text.len() == 14).map(Self::new)
    }
}

/// The number of at most 14 lower-case hex digits.
pub(super) fn lower_hex(text: &str) -> Option<u64> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_hex = text.len() <= 14 && text.bytes().all(is_digit);
    is_hex.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// The value of `rv`.
impl fmt::Display for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014x}", self.to_u64())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_a_trace_is_the_end_of_its_id() {
        let trace = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736).unwrap();
        assert_eq!(Randomness::of_trace(trace).to_string(), "ce929d0e0e4736");
    }

    /// Golden values: a change makes workers of two versions of this crate sample different steps.
    #[test]
    fn of_a_step_never_changes() {
        let steps = [
            0x0198_c0de_0000_7000_8000_0000_0000_0001,
            0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566,
            0,
            u128::MAX,
        ];
        let randomness = steps.map(|step| Randomness::of_step(Uuid::from_u128(step)).to_string());
        let golden = ["edcd41e8d73395", "92aa9fff203bdf", "d74589b31c3fe1", "dbd0e488767f9c"];
        assert_eq!(randomness, golden);
    }

    #[test]
    fn parses_14_lower_case_hex_digits() {
        let parsed = Randomness::parse_rv("6e6d1a75832a2f");
        assert_eq!(parsed, Some(Randomness::new(0x006e_6d1a_7583_2a2f)));
        for broken in [
            "",
            "6e6d1a75832a2",
            "6e6d1a75832a2ff",
            "6E6D1A75832A2F",
            "6e6d1a75832axf",
            "+e6d1a75832a2f",
            "ééééééé",
        ] {
            assert_eq!(Randomness::parse_rv(broken), None, "{broken:?}");
        }
    }

    proptest! {
        #[test]
        fn written_values_parse_to_themselves(number in 0..RANGE) {
            let written = Randomness::new(number).to_string();
            prop_assert_eq!(written.len(), 14);
            prop_assert_eq!(Randomness::parse_rv(&written), Some(Randomness::new(number)));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text: String) {
            if let Some(randomness) = Randomness::parse_rv(&text) {
                prop_assert_eq!(randomness.to_string(), text);
            }
        }
    }
}
