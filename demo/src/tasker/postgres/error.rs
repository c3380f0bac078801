//! Conversion of database errors.

use ::pgmq::PgmqError;

use crate::tasker::TaskerError;

impl From<sqlx::Error> for TaskerError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<PgmqError> for TaskerError {
    fn from(error: PgmqError) -> Self {
        match error {
            PgmqError::DatabaseError(error) => Self::Database(error),
            PgmqError::JsonParsingError(error) => error.into(),
            other => Self::Database(sqlx::Error::Protocol(other.to_string())),
        }
    }
}

impl TaskerError {
    /// Whether the connection is lost, and may be back later.
    pub fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Database(error) if is_connection_lost(error))
    }
}

/// Whether the server cannot be reached, shuts down or starts.
pub(super) fn is_connection_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => true,
        // Operator intervention, connection exceptions, too many connections.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code.starts_with("57P") || code.starts_with("08") || code == "53300"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn tells_a_lost_connection_from_other_errors() {
        assert!(is_connection_lost(&sqlx::Error::Io(
            io::ErrorKind::ConnectionReset.into()
        )));
        assert!(is_connection_lost(&sqlx::Error::PoolTimedOut));
        assert!(!is_connection_lost(&sqlx::Error::RowNotFound));
        assert!(!is_connection_lost(&sqlx::Error::PoolClosed));
    }
}
