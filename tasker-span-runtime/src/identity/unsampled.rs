//! `Unsampled`: the latest unsampled execution of a step in this process, which other spans may want to have exported.

use crate::sampled_by::SampledBy;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
// In six bytes, of the one line that a step has in the identity cache.
#[repr(Rust, packed(2))]
pub(crate) struct Unsampled {
    /// 0 if it is not known.
    attempt: u32,
    state: State,
    /// A later attempt is sampled, under another rate.
    is_followed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    /// There is none.
    #[default]
    Absent,
    /// It may still run, or it was exported because it failed or was slow.
    Open,
    /// It is to be exported, because a span that was exported for an error has it as its parent.
    WantedByError,
    /// It has ended and was not exported.
    Ended,
    /// It is to be exported, because a span that was exported for slowness has it as its parent.
    WantedBySlowness,
}

impl State {
    fn wanted(by: SampledBy) -> Self {
        match by {
            SampledBy::Error => Self::WantedByError,
            SampledBy::Slow => Self::WantedBySlowness,
        }
    }

    fn wanted_by(self) -> Option<SampledBy> {
        match self {
            Self::WantedByError => Some(SampledBy::Error),
            Self::WantedBySlowness => Some(SampledBy::Slow),
            Self::Absent | Self::Open | Self::Ended => None,
        }
    }
}

impl Unsampled {
    pub(super) const NONE: Self = Self {
        attempt: 0,
        state: State::Absent,
        is_followed: false,
    };

    /// An attempt starts, and is unsampled. Of an execution that has an entry apart, the step's entry knows no attempt.
    pub(crate) fn start(&mut self, attempt: Option<u32>) {
        *self = Self {
            attempt: attempt.unwrap_or(0),
            state: State::Open,
            is_followed: false,
        };
    }

    /// An attempt is sampled, after those that were not, under another rate.
    pub(crate) fn note_sampled(&mut self) {
        // An execution that still runs answers those that want it at its end.
        if self.state.wanted_by().is_none() {
            self.is_followed = true;
        }
    }

    /// Whether the attempt is unsampled: it, or one after it. Of an attempt that is not known, whether the latest is.
    pub(crate) fn covers(self, attempt: Option<u32>) -> bool {
        self.state != State::Absent
            && match attempt {
                Some(attempt) => self.attempt().is_some_and(|latest| attempt <= latest),
                None => !self.is_followed,
            }
    }

    /// Whether it is this very attempt.
    pub(crate) fn is_of(self, attempt: Option<u32>) -> bool {
        self.state != State::Absent && self.attempt() == attempt
    }

    /// Asks for the export of the attempt's execution. Returns false if it is too late.
    pub(crate) fn want(&mut self, attempt: Option<u32>, by: SampledBy) -> bool {
        let wanted = self.wanted_by(attempt);
        let is_open = self.is_open(attempt);
        if is_open || wanted.is_some_and(|before| before < by) {
            self.state = State::wanted(by);
        }
        is_open || wanted.is_some()
    }

    /// Why the export of the attempt's execution was asked for.
    pub(crate) fn wanted_by(self, attempt: Option<u32>) -> Option<SampledBy> {
        self.state.wanted_by().filter(|_| self.is_of(attempt))
    }

    /// The attempt's execution ends. Tells why its export was asked for.
    pub(crate) fn end(&mut self, attempt: Option<u32>) -> Option<SampledBy> {
        if self.is_open(attempt) {
            self.state = State::Ended;
        }
        self.wanted_by(attempt)
    }

    fn attempt(self) -> Option<u32> {
        let attempt = self.attempt;
        (attempt != 0).then_some(attempt)
    }

    fn is_open(self, attempt: Option<u32>) -> bool {
        self.is_of(attempt) && self.state == State::Open && !self.is_followed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsampled(attempt: u32) -> Unsampled {
        let mut unsampled = Unsampled::NONE;
        unsampled.start(Some(attempt));
        unsampled
    }

    #[test]
    fn an_execution_is_asked_for_until_it_ends() {
        let (first, second) = (Some(1), Some(2));
        let by = SampledBy::Error;
        let mut step = Unsampled::NONE;
        assert!(!step.want(first, by), "no execution has started");
        step.start(first);
        assert!(!step.want(second, by) && !step.want(None, by));
        assert!(step.want(first, by) && step.want(first, by) && step.covers(first) && !step.covers(second));
        assert_eq!(step.end(first), Some(by));
        step.start(second);
        assert_eq!([step.end(first), step.end(second)], [None; 2]);
        assert!(!step.want(second, by) && step.covers(first) && step.covers(second) && step.covers(None));
    }

    #[test]
    fn an_error_is_the_stronger_reason() {
        let (first, mut step) = (Some(1), unsampled(1));
        for (by, expected) in [
            (SampledBy::Slow, SampledBy::Slow),
            (SampledBy::Error, SampledBy::Error),
            (SampledBy::Slow, SampledBy::Error),
        ] {
            assert!(step.want(first, by));
            assert_eq!(step.wanted_by(first), Some(expected));
            assert_eq!({ step }.end(first), Some(expected));
        }
    }

    #[test]
    fn a_later_attempt_may_be_sampled() {
        assert!(!Unsampled::NONE.is_of(Some(1)));
        let mut step = unsampled(1);
        assert!(step.is_of(Some(1)) && !step.is_of(Some(2)) && step.covers(None));
        step.note_sampled();
        assert!(
            step.is_of(Some(1)) && step.covers(Some(1)),
            "it was unsampled all the same"
        );
        assert!(!step.covers(Some(2)) && !step.covers(None) && step.end(Some(1)).is_none());
        step.start(Some(1));
        assert!(step.want(Some(1), SampledBy::Error) && step.covers(None));
        step.note_sampled();
        assert!(step.end(Some(1)).is_some(), "it still runs");
    }
}
