//! Patience with a database that is gone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a program goes on without its database, as when that is restarted.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the readers of all queues know of the database: logged by the one who notices it first.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Instant>>);

impl Outage {
    /// The connection is lost, or still not back: the error comes back once patience has run out.
    pub(super) fn noticed(&self, error: sqlx::Error) -> Result<(), sqlx::Error> {
        let mut since = self.since();
        match *since {
            None => {
                *since = Some(Instant::now());
                tracing::warn!(%error, "the database is gone; waiting up to {} s for it", PATIENCE.as_secs());
                Ok(())
            }
            Some(begun) if begun.elapsed() < PATIENCE => Ok(()),
            Some(_) => Err(error),
        }
    }

    /// The database answers.
    pub(super) fn over(&self) {
        if let Some(begun) = self.since().take() {
            tracing::warn!("the database is back after {} s", begun.elapsed().as_secs());
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_starts_anew_with_every_outage() {
        let outage = Outage::default();
        outage.noticed(sqlx::Error::PoolTimedOut).expect("it has just begun");
        *outage.since() = Instant::now().checked_sub(PATIENCE);
        outage
            .noticed(sqlx::Error::PoolTimedOut)
            .expect_err("that was long enough");
        outage.over();
        outage.noticed(sqlx::Error::PoolTimedOut).expect("another one");
    }
}
