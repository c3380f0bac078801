//! `PgmqQueue`: queues of PGMQ.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pgmq::{PGMQueueExt, PgmqError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::PgPool;
use tasker_span_pgmq::{Message, UnreadableMessage};
use tokio::sync::watch;

use super::error::is_connection_lost;
use super::outage::Outage;
use crate::tasker::unhandled::DELIVERIES;
use crate::tasker::{Delivery, Queue, TaskerError, TaskerResult};

/// The pause after an empty read.
///
/// Not PGMQ's own poll: it holds a connection and a transaction for each queue. If it is cancelled
/// it may have read a message, which is then hidden until its visibility timeout.
const POLL: Duration = Duration::from_millis(50);

/// The pause between two attempts to reach the database.
const RECONNECT: Duration = Duration::from_secs(1);

/// Queues of PGMQ.
#[derive(Debug)]
pub struct PgmqQueue {
    pgmq: PGMQueueExt,
    visibility_timeout: Duration,
    closed: watch::Sender<bool>,
    outage: Outage,
    given_up: AtomicU64,
}

impl PgmqQueue {
    /// The queues of this database. `visibility_timeout` is a whole number of seconds.
    pub async fn new(pool: PgPool, visibility_timeout: Duration) -> Self {
        Self {
            pgmq: PGMQueueExt::new_with_pool(pool).await,
            visibility_timeout,
            closed: watch::Sender::new(false),
            outage: Outage::default(),
            given_up: AtomicU64::new(0),
        }
    }

    /// Closes the queues for the readers of this process.
    pub fn close(&self) {
        self.closed.send_replace(true);
    }

    /// The number of messages that this process archived because no process could handle them.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    async fn next<M: DeserializeOwned>(&self, queue: &str) -> Result<Option<Message<M>>, PgmqError> {
        // Never cancelled by `close`: a message that is read must be returned.
        let mut connection = self.pgmq.connection.acquire().await?;
        let read = tasker_span_pgmq::read::<M>(queue, self.visibility_timeout);
        read.fetch_optional(&mut *connection).await
    }

    /// The pause after an error, unless it ends the reading.
    async fn pause_after(&self, queue: &str, error: PgmqError) -> TaskerResult<Duration> {
        if let Some(unreadable) = UnreadableMessage::find_in(&error) {
            self.outage.end();
            self.skip(queue, unreadable).await;
            // Others may wait behind it.
            return Ok(Duration::ZERO);
        }
        match error {
            PgmqError::DatabaseError(error) if is_connection_lost(&error) => {
                self.outage.record(error).map_err(TaskerError::Database)?;
                Ok(RECONNECT)
            }
            error => Err(error.into()),
        }
    }

    async fn skip(&self, queue: &str, unreadable: &UnreadableMessage) {
        let message = unreadable.message();
        if message.read_ct < DELIVERIES {
            tracing::error!(%unreadable, "message not read: it is delivered again");
        } else if let Err(error) = self.give_up(queue, message.msg_id).await {
            tracing::error!(%unreadable, %error, "message not archived");
        } else {
            tracing::error!(%unreadable, "message given up after {DELIVERIES} deliveries");
        }
    }

    /// Waits for the pause or for `close`. Returns whether the queues are closed.
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
                    self.outage.end();
                    return Ok(Some(delivery(message)));
                }
                Ok(None) => {
                    self.outage.end();
                    POLL
                }
                Err(error) => self.pause_after(queue, error).await?,
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
            // Archived already.
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

    async fn give_up(&self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.archive(queue, message_id).await?;
        self.given_up.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn delivery<M>(message: Message<M>) -> Delivery<M> {
    Delivery {
        message_id: message.msg_id,
        enqueued_at: message.enqueued_at.into(),
        read_count: message.read_ct,
        queue: message.queue.clone(),
        system: Some("pgmq"),
        trace_context: message.trace_context.clone(),
        message: message.into_body(),
    }
}
