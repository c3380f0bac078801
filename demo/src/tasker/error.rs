//! What can go wrong in the engine itself; a step's failure is a result, not an error.

use std::fmt;

use uuid::Uuid;

/// The engine's `Result`.
pub type TaskerResult<T> = Result<T, TaskerError>;

/// A message that the engine could not process.
#[derive(Debug)]
#[non_exhaustive]
pub enum TaskerError {
    /// The state machine allows no such step.
    InvalidTransition {
        /// The current state.
        from: &'static str,
        /// What happened.
        event: &'static str,
    },
    /// Somebody else moved the task or step first.
    StateConflict {
        /// The task or step.
        uuid: Uuid,
        /// The state that the caller had seen.
        expected: &'static str,
        /// The state that was found.
        found: &'static str,
    },
    /// No task, or no step, with this id.
    NotFound(Uuid),
    /// No template of this namespace and name.
    UnknownTemplate(String),
    /// A template that cannot be run.
    InvalidTemplate(String),
    /// A message that is no JSON of the expected shape.
    Message(serde_json::Error),
    /// Nobody reads this queue any more.
    QueueClosed(String),
    /// The database refused, or is gone.
    Database(sqlx::Error),
}

impl fmt::Display for TaskerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidTransition { from, event } => write!(f, "`{event}` is not allowed in state `{from}`"),
            Self::StateConflict { uuid, expected, found } => {
                write!(f, "{uuid} is `{found}`, no longer `{expected}`")
            }
            Self::NotFound(uuid) => write!(f, "{uuid} does not exist"),
            Self::UnknownTemplate(name) => write!(f, "no template `{name}`"),
            Self::InvalidTemplate(reason) => write!(f, "invalid template: {reason}"),
            Self::Message(error) => write!(f, "unreadable message: {error}"),
            Self::QueueClosed(queue) => write!(f, "queue `{queue}` is closed"),
            Self::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for TaskerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Message(error) => Some(error),
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for TaskerError {
    fn from(error: serde_json::Error) -> Self {
        Self::Message(error)
    }
}
