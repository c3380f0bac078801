//! Queues: unknown ones, impossible names, and the `pgmq` crate beside ours.

use pgmq::{PGMQueueExt, PgmqError};
use tasker_span_pgmq::{UnreadableMessage, read, send, send_batch};

use crate::{HIDDEN, database};

/// The errors of sending a message, sending `batch`, and reading.
async fn errors(queue: &str, batch: &[&str]) -> [PgmqError; 3] {
    let database = database().await;
    let pool = database.pool();
    [
        send(queue, "charge").execute(pool).await.unwrap_err(),
        send_batch(queue, batch).execute(pool).await.unwrap_err(),
        read::<String>(queue, HIDDEN).fetch_optional(pool).await.unwrap_err(),
    ]
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_unknown_queue_is_an_error_that_names_it() {
    for error in errors("nowhere", &["charge"]).await {
        assert!(error.to_string().contains("pgmq.q_nowhere"), "{error}");
        assert!(UnreadableMessage::find_in(&error).is_none());
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_impossible_name_is_refused_before_the_database() {
    let long = "q".repeat(48);
    for name in ["steps; DROP TABLE tasks", "step-1", "q'", &long] {
        for error in errors(name, &[]).await {
            let is_refused = matches!(&error, PgmqError::InvalidQueueName { name: named } if named == name);
            assert!(is_refused, "{error}");
        }
    }
}

/// The `pgmq` crate accepts the URL of a test's database: it requires a password and a port.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_pgmq_crate_connects_to_the_same_database() {
    let database = database().await;
    let queues = PGMQueueExt::new(database.url(), 1).await.unwrap();
    assert!(queues.create("steps").await.unwrap());
    send("steps", "charge").execute(database.pool()).await.unwrap();
    let message = queues.read::<String>("steps", 0).await.unwrap().unwrap();
    assert_eq!(message.message, "charge");
}
