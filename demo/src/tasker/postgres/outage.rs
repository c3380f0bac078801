//! `Outage`: the wait for a database that does not answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a program waits for its database, e.g. during a restart.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The start of the current outage, shared by the readers of all queues. The first reader logs it.
#[derive(Debug, Default)]
pub(super) struct Outage(Mutex<Option<Instant>>);

impl Outage {
    /// Notes that the connection is lost. Returns the error once the timeout has passed.
    pub(super) fn record(&self, error: sqlx::Error) -> Result<(), sqlx::Error> {
        let mut since = self.since();
        match *since {
            None => {
                *since = Some(Instant::now());
                tracing::warn!(%error, "no connection to the database: waiting for it, up to {} s", TIMEOUT.as_secs());
                Ok(())
            }
            Some(begun) if begun.elapsed() < TIMEOUT => Ok(()),
            Some(_) => Err(error),
        }
    }

    /// Notes that the database answers.
    pub(super) fn end(&self) {
        if let Some(begun) = self.since().take() {
            tracing::warn!("the database answers again, after {} s", begun.elapsed().as_secs());
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
    fn each_outage_has_its_own_timeout() {
        let outage = Outage::default();
        outage.record(sqlx::Error::PoolTimedOut).expect("the outage has begun");
        *outage.since() = Instant::now().checked_sub(TIMEOUT);
        outage
            .record(sqlx::Error::PoolTimedOut)
            .expect_err("the timeout has passed");
        outage.end();
        outage.record(sqlx::Error::PoolTimedOut).expect("another outage");
    }
}
