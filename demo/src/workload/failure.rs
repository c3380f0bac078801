//! The ways in which a step fails.

/// How a step fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Failure {
    /// The handler returns an error, and so does the step.
    Returned,
    /// The handler returns an error, and the step goes on as if it had not.
    Swallowed,
    /// The handler panics.
    Panicked,
    /// The step's future is dropped while the handler waits.
    Cancelled,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Returned, Self::Swallowed, Self::Panicked, Self::Cancelled];

    /// They take turns.
    pub(super) fn of(number: u64) -> Self {
        match number % 4 {
            0 => Self::Returned,
            1 => Self::Swallowed,
            2 => Self::Panicked,
            _ => Self::Cancelled,
        }
    }
}
