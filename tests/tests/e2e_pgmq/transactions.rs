//! State and messages that are committed together, or not at all.

use sqlx::{Postgres, Transaction};
use tasker_span_runtime::pgmq;
use tasker_span_tests::servers::postgres::Database;

use crate::{HIDDEN, bodies, database_with};

async fn database() -> Database {
    let database = database_with("steps").await;
    let table = "CREATE TABLE steps (name text PRIMARY KEY, state text)";
    sqlx::raw_sql(table).execute(database.pool()).await.unwrap();
    database
}

async fn save_and_send(transaction: &mut Transaction<'_, Postgres>) {
    sqlx::query("INSERT INTO steps VALUES ('charge', 'enqueued')")
        .execute(&mut **transaction)
        .await
        .unwrap();
    pgmq::send("steps", "charge").execute(&mut **transaction).await.unwrap();
    pgmq::send_batch("steps", &["pack", "ship"])
        .execute(&mut **transaction)
        .await
        .unwrap();
}

async fn rows(database: &Database) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM steps");
    count.fetch_one(database.pool()).await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_commit_keeps_both() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    assert!(
        bodies(database.pool(), "steps").await.is_empty(),
        "seen from outside before the commit"
    );
    transaction.commit().await.unwrap();
    assert_eq!(rows(&database).await, 1);
    assert_eq!(bodies(database.pool(), "steps").await, ["charge", "pack", "ship"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_rollback_keeps_neither() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    transaction.rollback().await.unwrap();
    assert_eq!(rows(&database).await, 0);
    assert!(bodies(database.pool(), "steps").await.is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_transaction_that_is_dropped_keeps_neither() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    drop(transaction);
    assert_eq!(rows(&database).await, 0);
    assert!(bodies(database.pool(), "steps").await.is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_that_was_read_in_a_transaction_is_there_again_after_its_rollback() {
    let database = database().await;
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(&mut *transaction)
        .await;
    assert_eq!(message.unwrap().unwrap().read_ct, 1);
    assert!(
        bodies(database.pool(), "steps").await.is_empty(),
        "hidden while the transaction is open"
    );
    transaction.rollback().await.unwrap();

    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(message.unwrap().unwrap().read_ct, 1);
}

/// From one queue to the next: the message is in exactly one of them, whatever happens.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn reading_archiving_and_sending_are_one_transaction() {
    let database = database().await;
    database.queues().create("results").await.unwrap();
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(&mut *transaction)
        .await;
    let message = message.unwrap().unwrap();
    pgmq::send("results", &message.message)
        .execute(&mut *transaction)
        .await
        .unwrap();
    let archived = database
        .queues()
        .archive_with_cxn("steps", message.msg_id, &mut *transaction)
        .await;
    assert!(archived.unwrap());
    transaction.commit().await.unwrap();

    assert_eq!(bodies(database.pool(), "results").await, ["charge"]);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pgmq.q_steps")
        .fetch_one(database.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);
}

/// Futures that borrow a transaction are `Send`: workers are spawned.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_spawned_task_reads_and_sends() {
    let database = database().await;
    database.queues().create("results").await.unwrap();
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();

    let pool = database.pool().clone();
    let worker = tokio::spawn(async move {
        let mut transaction = pool.begin().await.unwrap();
        let read = pgmq::read::<String>("steps", HIDDEN).limit(10);
        for message in read.fetch_all(&mut *transaction).await.unwrap() {
            let message = message.unwrap();
            pgmq::send("results", &message.message)
                .execute(&mut *transaction)
                .await
                .unwrap();
            pgmq::send_batch("results", &[message.into_body()])
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        transaction.commit().await.unwrap();
    });
    worker.await.unwrap();
    assert_eq!(bodies(database.pool(), "results").await, ["charge", "charge"]);
}
