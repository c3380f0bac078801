//! Which messages are read, and when.

use std::time::Duration;

use tasker_span_runtime::pgmq;

use crate::{HIDDEN, bodies, database_with};

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_empty_queue_has_no_message() {
    let database = database_with("steps").await;
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert!(message.unwrap().is_none());
    let messages = pgmq::read::<String>("steps", HIDDEN).fetch_all(database.pool()).await;
    assert!(messages.unwrap().is_empty());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_is_all_that_the_crates_own_is() {
    let database = database_with("steps").await;
    let id = pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    let message = message.unwrap().unwrap();
    assert_eq!((message.msg_id, message.read_ct), (id, 1));
    assert_eq!((message.queue.as_str(), message.message.as_str()), ("steps", "charge"));
    assert!(message.vt > message.enqueued_at);
    assert_eq!(message.clone().map(|text| text.len()).into_body(), 6);
    assert_eq!(message.into_body(), "charge");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_limit_bounds_a_read_and_the_order_is_the_queues() {
    let database = database_with("steps").await;
    pgmq::send_batch("steps", &[1, 2, 3, 4, 5])
        .execute(database.pool())
        .await
        .unwrap();
    let read = pgmq::read::<u32>("steps", HIDDEN)
        .limit(3)
        .fetch_all(database.pool())
        .await;
    let read: Vec<_> = read
        .unwrap()
        .into_iter()
        .map(|message| message.unwrap().into_body())
        .collect();
    assert_eq!(read, [1, 2, 3]);
    assert_eq!(bodies(database.pool(), "steps").await, [4, 5]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn reading_one_hides_no_other() {
    let database = database_with("steps").await;
    pgmq::send_batch("steps", &[1, 2, 3])
        .execute(database.pool())
        .await
        .unwrap();
    let first = pgmq::read::<u32>("steps", HIDDEN)
        .limit(3)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(first.unwrap().unwrap().message, 1);
    assert_eq!(bodies(database.pool(), "steps").await, [2, 3]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_that_was_read_is_hidden_and_comes_back_counted() {
    let database = database_with("steps").await;
    let id = pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = async || {
        pgmq::read::<String>("steps", HIDDEN)
            .fetch_optional(database.pool())
            .await
            .unwrap()
    };
    assert_eq!(read().await.unwrap().read_ct, 1);
    assert!(read().await.is_none());
    database.queues().set_vt::<String>("steps", id, 0).await.unwrap();
    assert_eq!(read().await.unwrap().read_ct, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_visibility_timeout_of_less_than_a_second_is_a_second() {
    let database = database_with("steps").await;
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = pgmq::read::<String>("steps", Duration::from_millis(1));
    let message = read.fetch_optional(database.pool()).await.unwrap().unwrap();
    assert!((message.vt - message.enqueued_at).num_seconds() >= 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn waiting_finds_what_is_sent_meanwhile() {
    let database = database_with("steps").await;
    let read = pgmq::read::<String>("steps", HIDDEN)
        .wait(Duration::from_mins(1))
        .fetch_optional(database.pool());
    let send = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        pgmq::send("steps", "charge").execute(database.pool()).await.unwrap()
    };
    let (message, id) = tokio::join!(read, send);
    assert_eq!(message.unwrap().unwrap().msg_id, id);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn waiting_ends_without_a_message() {
    let database = database_with("steps").await;
    let read = pgmq::read::<String>("steps", HIDDEN).wait(Duration::from_millis(1));
    assert!(read.fetch_optional(database.pool()).await.unwrap().is_none());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn who_waits_no_time_still_looks_once() {
    let database = database_with("steps").await;
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    let read = pgmq::read::<String>("steps", HIDDEN).wait(Duration::ZERO);
    assert!(read.fetch_optional(database.pool()).await.unwrap().is_some());
}
