//! `Failure`: the ways in which a step fails.

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The handler returns an error, and so does the step.
    Returned,
    /// The handler returns an error, and the step ignores it.
    Swallowed,
    /// The handler panics.
    Panicked,
    /// The step's future is cancelled while the handler waits.
    Cancelled,
}

impl Failure {
    /// All ways.
    pub const ALL: [Self; 4] = [Self::Returned, Self::Swallowed, Self::Panicked, Self::Cancelled];

    /// The failure with this number: the ways take turns.
    pub(super) fn of(number: u64) -> Self {
        match number % 4 {
            0 => Self::Returned,
            1 => Self::Swallowed,
            2 => Self::Panicked,
            _ => Self::Cancelled,
        }
    }
}
