//! The randomness of [consistent probability
//! sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#randomness-value-rv).

use std::fmt;

use uuid::Uuid;

use super::threshold::{RANGE, lower_hex};
use crate::identity::{self, TraceId};

/// 56 bits, which a threshold is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Randomness(u64);

impl Randomness {
    /// The last 56 bits of a trace id, which are random as of [W3C Trace Context, Level
    /// 2](https://www.w3.org/TR/trace-context-2/#randomness-of-trace-id): those of a task's are, since it is a hash.
    pub(crate) fn of_trace(trace: TraceId) -> Self {
        let mut low = [0; 8];
        low[1..].copy_from_slice(&trace.to_u128().to_be_bytes()[9..]);
        Self(u64::from_be_bytes(low))
    }

    /// The same for every attempt at the step.
    pub(crate) fn of_step(step: Uuid) -> Self {
        Self(identity::step_randomness(step))
    }

    pub(super) fn from_u64(number: u64) -> Option<Self> {
        (number < RANGE).then_some(Self(number))
    }

    pub(super) fn to_u64(self) -> u64 {
        self.0
    }

    /// Reads an [`rv`](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#explicit-randomness-value-rv):
    /// exactly 14 lower-case hex digits.
    pub(crate) fn parse_rv(text: &str) -> Option<Self> {
        if text.len() == 14 {
            lower_hex(text).map(Self)
        } else {
            None
        }
    }
}

/// As the value of `rv`.
impl fmt::Display for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014x}", self.0)
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

    /// Golden values: changing one makes workers of two versions of this crate keep different steps.
    #[test]
    fn of_a_step_never_changes() {
        let steps = [
            0x0198_c0de_0000_7000_8000_0000_0000_0001,
            0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566,
            0,
            u128::MAX,
        ];
        let randomness = steps.map(|step| Randomness::of_step(Uuid::from_u128(step)).to_string());
        assert_eq!(
            randomness,
            ["edcd41e8d73395", "92aa9fff203bdf", "d74589b31c3fe1", "dbd0e488767f9c"]
        );
    }

    #[test]
    fn reads_14_lower_case_hex_digits() {
        assert_eq!(
            Randomness::parse_rv("6e6d1a75832a2f"),
            Some(Randomness(0x006e_6d1a_7583_2a2f))
        );
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
        fn what_is_written_is_read_as_it_is(number in 0..RANGE) {
            let written = Randomness(number).to_string();
            prop_assert_eq!(written.len(), 14);
            prop_assert_eq!(Randomness::parse_rv(&written), Some(Randomness(number)));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            if let Some(randomness) = Randomness::parse_rv(&text) {
                prop_assert_eq!(randomness.to_string(), text);
            }
        }
    }
}
