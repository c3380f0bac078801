//! Queues, those that are not there, and the crate's own ways to them.

use ::pgmq::{PGMQueueExt, PgmqError};
use tasker_span_runtime::pgmq::{self, UnreadableMessage};
use tasker_span_tests::servers::postgres::database;

use crate::HIDDEN;

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_unknown_queue_is_an_error_that_names_it() {
    let database = database().await;
    let errors = [
        pgmq::send("nowhere", "charge")
            .execute(database.pool())
            .await
            .unwrap_err(),
        pgmq::send_batch("nowhere", &["charge"])
            .execute(database.pool())
            .await
            .unwrap_err(),
        pgmq::read::<String>("nowhere", HIDDEN)
            .fetch_optional(database.pool())
            .await
            .unwrap_err(),
    ];
    for error in errors {
        assert!(error.to_string().contains("pgmq.q_nowhere"), "{error}");
        assert!(UnreadableMessage::find_in(&error).is_none());
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_impossible_name_never_reaches_the_database() {
    let database = database().await;
    let long = "q".repeat(48);
    for name in ["steps; DROP TABLE tasks", "step-1", "q'", &long] {
        let errors = [
            pgmq::send(name, "charge").execute(database.pool()).await.unwrap_err(),
            pgmq::send_batch(name, &[""; 0])
                .execute(database.pool())
                .await
                .unwrap_err(),
            pgmq::read::<String>(name, HIDDEN)
                .fetch_all(database.pool())
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(&error, PgmqError::InvalidQueueName { name: named } if named == name),
                "{error}"
            );
        }
    }
}

/// The URL of a test's database is one that the `pgmq` crate takes, which wants a password and a port.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_crate_itself_connects_to_the_same_database() {
    let database = database().await;
    let queues = PGMQueueExt::new(database.url(), 1).await.unwrap();
    assert!(queues.create("steps").await.unwrap());
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    let message = queues.read::<String>("steps", 0).await.unwrap().unwrap();
    assert_eq!(message.message, "charge");
}
