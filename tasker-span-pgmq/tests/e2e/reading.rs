//! Reading: which messages, and when. Bodies that cannot be read are in `bodies`.

use std::time::Duration;

use tasker_span_pgmq::{read, send, send_batch};

use crate::{HIDDEN, bodies, database_with_steps, read_all, read_one};

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_empty_queue_has_no_message() {
    let database = database_with_steps().await;
    assert!(read_one::<String>(database.pool(), "steps").await.is_none());
    assert!(read_all::<String>(database.pool(), "steps").await.is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_has_what_the_pgmq_crates_own_has() {
    let database = database_with_steps().await;
    let id = send("steps", "charge").execute(database.pool()).await.unwrap();
    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!((message.msg_id, message.read_ct), (id, 1));
    assert_eq!((message.queue.as_str(), message.message.as_str()), ("steps", "charge"));
    assert!(message.vt > message.enqueued_at);
    assert_eq!(message.clone().map(|text| text.len()).into_body(), 6);
    assert_eq!(message.into_body(), "charge");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_limit_bounds_a_read_in_the_order_of_the_queue() {
    let database = database_with_steps().await;
    let batch = send_batch("steps", &[1, 2, 3, 4, 5]);
    batch.execute(database.pool()).await.unwrap();
    let read = read::<u32>("steps", HIDDEN).limit(3).fetch_all(database.pool()).await;
    let read = read.unwrap().into_iter().map(|message| message.unwrap().into_body());
    assert_eq!(read.collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(bodies(database.pool(), "steps").await, [4, 5]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn reading_one_message_hides_no_other() {
    let database = database_with_steps().await;
    let batch = send_batch("steps", &[1, 2, 3]);
    batch.execute(database.pool()).await.unwrap();
    let read = read::<u32>("steps", HIDDEN).limit(3);
    let first = read.fetch_optional(database.pool()).await.unwrap();
    assert_eq!(first.unwrap().message, 1);
    assert_eq!(bodies(database.pool(), "steps").await, [2, 3]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_is_hidden_after_a_read_and_comes_back_counted() {
    let database = database_with_steps().await;
    let id = send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = async || read_one::<String>(database.pool(), "steps").await;
    assert_eq!(read().await.unwrap().read_ct, 1);
    assert!(read().await.is_none());
    database.queues().set_vt::<String>("steps", id, 0).await.unwrap();
    assert_eq!(read().await.unwrap().read_ct, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_visibility_timeout_of_less_than_a_second_is_a_second() {
    let database = database_with_steps().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = read::<String>("steps", Duration::from_millis(1));
    let message = read.fetch_optional(database.pool()).await.unwrap().unwrap();
    assert!((message.vt - message.enqueued_at).num_seconds() >= 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_wait_finds_a_message_that_is_sent_meanwhile() {
    let database = database_with_steps().await;
    let read = read::<String>("steps", HIDDEN).wait(Duration::from_mins(1));
    let sending = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        send("steps", "charge").execute(database.pool()).await.unwrap()
    };
    let (message, id) = tokio::join!(read.fetch_optional(database.pool()), sending);
    assert_eq!(message.unwrap().unwrap().msg_id, id);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_wait_ends_without_a_message() {
    let database = database_with_steps().await;
    let read = read::<String>("steps", HIDDEN).wait(Duration::from_millis(1));
    assert!(read.fetch_optional(database.pool()).await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_wait_of_zero_reads_once() {
    let database = database_with_steps().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = read::<String>("steps", HIDDEN).wait(Duration::ZERO);
    assert!(read.fetch_optional(database.pool()).await.unwrap().is_some());
}
