//! `Measurement`: one duration and what it is of, in three words. What it becomes in a histogram is in `series`.

use crate::catalogue::attributes::Text;
use crate::identity::intern::{self, Interned};
use crate::record::Time;

/// What is measured. Each has a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measured {
    /// A `step.execution`.
    Step,
    /// A `handler.execution`.
    Handler,
    /// From the sending of a step's message to its execution.
    QueueTime,
    Task,
}

#[cfg(feature = "metrics")]
impl Measured {
    pub(crate) const ALL: [Self; 4] = [Self::Step, Self::Handler, Self::QueueTime, Self::Task];
}

/// The values of the attribute `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutcomeLabel {
    /// It is not known yet: of a time in a queue.
    Absent,
    Success,
    Error,
    Cancelled,
    /// The worker was lost.
    Lost,
    ResolvedManually,
    /// The code that reads the returned value panicked.
    Unknown,
}

impl OutcomeLabel {
    #[cfg(feature = "metrics")]
    const ALL: [Self; 7] = [
        Self::Absent,
        Self::Success,
        Self::Error,
        Self::Cancelled,
        Self::Lost,
        Self::ResolvedManually,
        Self::Unknown,
    ];

    #[cfg(feature = "metrics")]
    pub(super) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Absent => return None,
            Self::Success => "success",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Lost => "lost",
            Self::ResolvedManually => "resolved_manually",
            Self::Unknown => "unknown",
        })
    }
}

/// A text as an attribute of a histogram: its place in the table of interned texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(u16);

impl Label {
    pub(crate) const ABSENT: Self = Self(0);
    /// A text that found no room in the table.
    pub(super) const BEYOND_TABLE: Self = Self(u16::MAX);

    #[inline]
    pub(crate) fn of(text: Option<&Text>) -> Self {
        text.map_or(Self::ABSENT, |text| {
            text.interned().map_or(Self::BEYOND_TABLE, Self::from)
        })
    }

    /// Of a type of errors, which a program may compute from anything.
    pub(crate) fn of_error_type(error_type: &str) -> Self {
        intern::of_input(error_type).map_or(Self::BEYOND_TABLE, Self::from)
    }

    #[cfg(feature = "metrics")]
    pub(super) fn text(self) -> Option<&'static str> {
        Interned::at(self.0).map(Interned::as_str)
    }
}

impl From<Interned> for Label {
    #[inline]
    fn from(text: Interned) -> Self {
        Self(text.place())
    }
}

/// Which series of which histogram a duration belongs to. The units of both times are in it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key(u64);

const TO_IS_UNIX: u64 = 1 << 8;
const FROM_IS_UNIX: u64 = 1 << 9;

/// A duration: when it began, when it ended, and what it is of. It takes three words, so that a thread keeps many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measurement {
    key: Key,
    from: u64,
    to: u64,
}

impl Measurement {
    #[inline]
    pub(crate) fn new(measured: Measured, outcome: OutcomeLabel, labels: [Label; 3], [from, to]: [Time; 2]) -> Self {
        let [namespace, name, error_type] = labels.map(|label| u64::from(label.0));
        let key = measured as u64 | (outcome as u64) << 4 | namespace << 16 | name << 32 | error_type << 48;
        let (from, from_unit) = bits(from, FROM_IS_UNIX);
        let (to, to_unit) = bits(to, TO_IS_UNIX);
        Self {
            key: Key(key | from_unit | to_unit),
            from,
            to,
        }
    }
}

#[inline]
fn bits(time: Time, is_unix: u64) -> (u64, u64) {
    match time {
        Time::Clock(instant) => (instant.to_bits(), 0),
        Time::Unix(nanos) => (nanos, is_unix),
    }
}

#[cfg(feature = "metrics")]
mod unpacked {
    use super::{FROM_IS_UNIX, Key, Label, Measured, Measurement, OutcomeLabel, TO_IS_UNIX, Time};
    use crate::clock::{Instant, Wall};

    impl Measurement {
        pub(in crate::durations) fn to_words(self) -> [u64; 3] {
            [self.key.0, self.from, self.to]
        }

        pub(in crate::durations) fn from_words([key, from, to]: [u64; 3]) -> Self {
            Self {
                key: Key(key),
                from,
                to,
            }
        }

        pub(in crate::durations) fn key(self) -> Key {
            Key(self.key.0 & !(FROM_IS_UNIX | TO_IS_UNIX))
        }

        /// Times of two clocks may be in the wrong order.
        pub(in crate::durations) fn seconds(self, wall: &Wall) -> f64 {
            let time = |bits, is_unix| match self.key.0 & is_unix {
                0 => Time::Clock(Instant::from_bits(bits)),
                _ => Time::Unix(bits),
            };
            match (time(self.from, FROM_IS_UNIX), time(self.to, TO_IS_UNIX)) {
                (Time::Clock(from), Time::Clock(to)) => wall.seconds(from, to),
                (from, to) => {
                    let [from, to] = [from, to].map(|time| match time {
                        Time::Clock(instant) => wall.at(instant),
                        Time::Unix(nanos) => nanos,
                    });
                    std::time::Duration::from_nanos(to.saturating_sub(from)).as_secs_f64()
                }
            }
        }
    }

    impl Key {
        pub(in crate::durations) fn measured(self) -> Option<Measured> {
            Measured::ALL.get((self.0 & 0xf) as usize).copied()
        }

        pub(in crate::durations) fn outcome(self) -> Option<OutcomeLabel> {
            OutcomeLabel::ALL.get((self.0 >> 4 & 0xf) as usize).copied()
        }

        /// The namespace, the name of the handler or the task, and the type of the error.
        pub(in crate::durations) fn labels(self) -> [Label; 3] {
            #[expect(clippy::cast_possible_truncation, reason = "each has sixteen bits")]
            [16, 32, 48].map(|shift| Label((self.0 >> shift) as u16))
        }
    }
}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;
    use crate::catalogue::attributes::name;
    use crate::clock;

    fn measurement(outcome: OutcomeLabel, times: [Time; 2]) -> Measurement {
        let labels = [
            Label::of(Some(&name("payments"))),
            Label::ABSENT,
            Label::of_error_type("declined"),
        ];
        Measurement::new(Measured::Task, outcome, labels, times)
    }

    #[test]
    fn a_measurement_keeps_what_it_is_of() {
        for outcome in OutcomeLabel::ALL {
            let measured = measurement(outcome, [Time::Unix(7), Time::Unix(1_500_000_007)]);
            let measured = Measurement::from_words(measured.to_words());
            let key = measured.key();
            assert_eq!((key.measured(), key.outcome()), (Some(Measured::Task), Some(outcome)));
            assert_eq!(
                key.labels().map(Label::text),
                [Some("payments"), None, Some("declined")]
            );
            assert_eq!(measured.seconds(&clock::wall()).to_bits(), 1.5_f64.to_bits());
        }
    }

    #[test]
    fn a_text_without_room_is_another_than_none() {
        let long = name(&"é".repeat(200));
        assert_eq!(Label::of(None), Label::ABSENT);
        assert_eq!(Label::of(Some(&name(""))), Label::BEYOND_TABLE);
        assert!(Label::of(Some(&long)).text().is_some(), "it is cut");
        assert_eq!(Label::BEYOND_TABLE.text(), None);
    }

    #[test]
    fn the_series_does_not_depend_on_the_clocks() {
        let now = clock::now();
        let by_clock = measurement(OutcomeLabel::Success, [Time::Clock(now); 2]);
        let by_both = measurement(OutcomeLabel::Success, [Time::Unix(0), Time::Clock(now)]);
        assert_eq!(by_clock.key(), by_both.key());
        assert_eq!(by_clock.seconds(&clock::wall()).to_bits(), 0_f64.to_bits());
        assert!(by_both.seconds(&clock::wall()) > 1e9);
    }

    #[test]
    fn a_message_from_a_clock_that_is_ahead_waited_for_no_time() {
        let measured = measurement(OutcomeLabel::Absent, [Time::Unix(u64::MAX), Time::Clock(clock::now())]);
        assert_eq!(measured.seconds(&clock::wall()).to_bits(), 0_f64.to_bits());
    }
}
