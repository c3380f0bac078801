//! `TaskerError`: failures of the engine itself. The failure of a step is a result, not an error.

use std::fmt;

use uuid::Uuid;

/// The engine's `Result`.
pub type TaskerResult<T> = Result<T, TaskerError>;

/// Why the engine could not process a message.
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
    /// Another process moved the task or step first.
    StateConflict {
        /// The task or step.
        uuid: Uuid,
        /// The state that the caller expected.
        expected: &'static str,
        /// The current state.
        found: &'static str,
    },
    /// There is no task or step with this id.
    NotFound(Uuid),
    /// There is no template with this namespace and name.
    UnknownTemplate(String),
    /// The template cannot be run.
    InvalidTemplate(String),
    /// The message is no JSON of the expected type. It holds the position only, because serde's error quotes the message.
    Message {
        /// The line of the mistake.
        line: usize,
        /// Its column.
        column: usize,
    },
    /// The queue is closed.
    QueueClosed(String),
    /// The database failed, or cannot be reached.
    Database(sqlx::Error),
}

impl TaskerError {
    /// A conflict over this task or step.
    pub(super) fn conflict(uuid: Uuid, expected: &'static str, found: &'static str) -> Self {
        Self::StateConflict { uuid, expected, found }
    }
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
            Self::Message { line, column } => write!(f, "unreadable message: mistake at line {line}, column {column}"),
            Self::QueueClosed(queue) => write!(f, "queue `{queue}` is closed"),
            Self::Database(error) => write!(f, "database: {error}"),
        }
    }
}

impl std::error::Error for TaskerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            _ => None,
        }
    }
}

impl From<serde_json::Error> for TaskerError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::Message { line, column }
    }
}
