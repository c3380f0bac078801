//! Queues that are not there.

use ::pgmq::PgmqError;
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
