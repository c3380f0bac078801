//! Queues in the database.

use std::time::Duration;

use ::pgmq::{PGMQueueExt, PgmqError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tasker_span_runtime::pgmq;
use tokio::sync::watch;

use super::error::is_connection_lost;
use super::outage::Outage;
use crate::tasker::{Delivery, Queue, TaskerError, TaskerResult};

/// How long to wait before looking again into an empty queue.
///
/// PGMQ would also wait inside the database. That keeps a connection and a transaction open for each queue, and a wait
/// that is given up because the program stops may take a message with it that nobody then sees before its time is over.
const POLL: Duration = Duration::from_millis(50);

/// How long to wait before asking again for a database that is gone.
const RECONNECT: Duration = Duration::from_secs(1);

/// PGMQ's queues, read in turn by any number of processes.
#[derive(Debug)]
pub struct PgmqQueue {
    pgmq: PGMQueueExt,
    visibility_timeout: Duration,
    closed: watch::Sender<bool>,
    outage: Outage,
}

impl PgmqQueue {
    /// The queues behind these connections. A message that is read and not archived is delivered again after
    /// `visibility_timeout`, which counts in whole seconds.
    pub async fn new(pool: PgPool, visibility_timeout: Duration) -> Self {
        Self {
            pgmq: PGMQueueExt::new_with_pool(pool).await,
            visibility_timeout,
            closed: watch::Sender::new(false),
            outage: Outage::default(),
        }
    }

    /// Ends the readers' loops once they have processed the message that they have.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    async fn next<M: DeserializeOwned>(&self, queue: &str) -> Result<Option<pgmq::Message<M>>, PgmqError> {
        // What has been asked of the database is always waited for: a message that it hands out must not get lost.
        let mut connection = self.pgmq.connection.acquire().await?;
        let read = pgmq::read::<M>(queue, self.visibility_timeout);
        let message = read.fetch_all(&mut *connection).await?.pop();
        match message.transpose() {
            Ok(message) => Ok(message),
            Err(unreadable) => {
                tracing::error!(error = %unreadable, queue, "message put aside: it lies in the queue's archive");
                self.pgmq.archive(queue, unreadable.message().msg_id).await?;
                Ok(None)
            }
        }
    }

    /// Whether the queues were closed during the pause, or before it.
    async fn closed_within(&self, pause: Duration) -> bool {
        let mut closed = self.closed.subscribe();
        tokio::time::timeout(pause, closed.wait_for(|closed| *closed))
            .await
            .is_ok()
    }
}

impl Queue for PgmqQueue {
    async fn read<M: DeserializeOwned + Send>(&self, queue: &str) -> TaskerResult<Option<Delivery<M>>> {
        let mut pause = Duration::ZERO;
        while !self.closed_within(pause).await {
            pause = match self.next::<M>(queue).await {
                Ok(Some(message)) => {
                    self.outage.over();
                    return Ok(Some(delivery(message)));
                }
                Ok(None) => {
                    self.outage.over();
                    POLL
                }
                Err(PgmqError::DatabaseError(error)) if is_connection_lost(&error) => {
                    self.outage.noticed(error).map_err(TaskerError::Database)?;
                    RECONNECT
                }
                Err(error) => return Err(error.into()),
            };
        }
        Ok(None)
    }

    async fn extend(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        match self
            .pgmq
            .set_vt::<Value>(queue, message_id, self.visibility_timeout)
            .await
        {
            // Archived meanwhile.
            Err(PgmqError::DatabaseError(sqlx::Error::RowNotFound)) => Ok(()),
            extended => Ok(extended.map(|_| ())?),
        }
    }

    fn visibility_timeout(&self) -> Option<Duration> {
        Some(self.visibility_timeout)
    }

    async fn archive(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.pgmq.archive(queue, message_id).await?;
        Ok(())
    }
}

fn delivery<M>(message: pgmq::Message<M>) -> Delivery<M> {
    Delivery {
        message_id: message.msg_id,
        read_count: message.read_ct,
        queue: message.queue.clone(),
        system: Some("pgmq"),
        trace_context: message.trace_context.clone(),
        message: message.into_body(),
    }
}
