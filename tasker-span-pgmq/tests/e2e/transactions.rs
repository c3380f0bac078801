//! Transactions: state and messages are committed together or not at all.

use sqlx::{Postgres, Transaction};
use tasker_span_pgmq::{read, send, send_batch};

use crate::{Database, HIDDEN, bodies, read_one, steps};

async fn database() -> Database {
    let database = steps::database().await;
    let table = "CREATE TABLE steps (name text PRIMARY KEY, state text)";
    sqlx::raw_sql(table).execute(database.pool()).await.unwrap();
    database
}

async fn save_and_send(transaction: &mut Transaction<'_, Postgres>) {
    let save = sqlx::query("INSERT INTO steps VALUES ('charge', 'enqueued')");
    save.execute(&mut **transaction).await.unwrap();
    send("steps", "charge").execute(&mut **transaction).await.unwrap();
    let batch = send_batch("steps", &["pack", "ship"]);
    batch.execute(&mut **transaction).await.unwrap();
}

async fn rows(database: &Database) -> i64 {
    let count = sqlx::query_scalar("SELECT count(*) FROM steps");
    count.fetch_one(database.pool()).await.unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_commit_saves_and_sends() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    let before = bodies(database.pool(), "steps").await;
    assert!(before.is_empty(), "visible before the commit");
    transaction.commit().await.unwrap();
    assert_eq!(rows(&database).await, 1);
    assert_eq!(bodies(database.pool(), "steps").await, ["charge", "pack", "ship"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_rollback_neither_saves_nor_sends() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    transaction.rollback().await.unwrap();
    assert_eq!(rows(&database).await, 0);
    assert!(bodies(database.pool(), "steps").await.is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_transaction_without_a_commit_neither_saves_nor_sends() {
    let database = database().await;
    let mut transaction = database.pool().begin().await.unwrap();
    save_and_send(&mut transaction).await;
    drop(transaction);
    assert_eq!(rows(&database).await, 0);
    assert!(bodies(database.pool(), "steps").await.is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_read_in_a_transaction_is_visible_again_after_its_rollback() {
    let database = database().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    let message = read_one::<String>(&mut *transaction, "steps").await.unwrap();
    assert_eq!(message.read_ct, 1);
    let meanwhile = bodies(database.pool(), "steps").await;
    assert!(meanwhile.is_empty(), "visible while the transaction is open");
    transaction.rollback().await.unwrap();

    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.read_ct, 1);
}

/// From one queue to the next, the message is always in exactly one of them.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn reading_archiving_and_sending_are_one_transaction() {
    let database = database().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();

    let mut transaction = database.pool().begin().await.unwrap();
    let message = read_one::<String>(&mut *transaction, "steps").await.unwrap();
    let sending = send("results", &message.message);
    sending.execute(&mut *transaction).await.unwrap();
    let archive = database
        .queues()
        .archive_with_cxn("steps", message.msg_id, &mut *transaction);
    assert!(archive.await.unwrap());
    transaction.commit().await.unwrap();

    assert_eq!(bodies(database.pool(), "results").await, ["charge"]);
    let count = sqlx::query_scalar("SELECT count(*) FROM pgmq.q_steps");
    let left: i64 = count.fetch_one(database.pool()).await.unwrap();
    assert_eq!(left, 0);
}

/// A worker is spawned, so futures that borrow a transaction must be `Send`.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_spawned_task_reads_and_sends() {
    let database = database().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();

    let pool = database.pool().clone();
    let worker = tokio::spawn(async move {
        let mut transaction = pool.begin().await.unwrap();
        let read = read::<String>("steps", HIDDEN).limit(10);
        for message in read.fetch_all(&mut *transaction).await.unwrap() {
            let message = message.unwrap();
            let sending = send("results", &message.message);
            sending.execute(&mut *transaction).await.unwrap();
            let batch = [message.into_body()];
            let sending = send_batch("results", &batch);
            sending.execute(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    });
    worker.await.unwrap();
    assert_eq!(bodies(database.pool(), "results").await, ["charge", "charge"]);
}
