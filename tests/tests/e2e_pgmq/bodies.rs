//! Bodies that are not what the reader expects.

use serde::Deserialize;
use serde_json::{Value, json};
use tasker_span_runtime::TraceContext;
use tasker_span_runtime::pgmq::{self, UnreadableMessage};

use crate::{HIDDEN, TRACEPARENT, database_with, store};

#[derive(Debug, Deserialize, PartialEq)]
struct Charge {
    amount: u32,
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_unreadable_message_costs_no_other() {
    let database = database_with("steps").await;
    for body in [r#"{ "amount": 1 }"#, r#"{ "sum": 2 }"#, r#"{ "amount": 3 }"#] {
        store(&database, "steps", body, None).await;
    }
    let messages = pgmq::read::<Charge>("steps", HIDDEN)
        .limit(10)
        .fetch_all(database.pool())
        .await
        .unwrap();
    let amounts: Vec<_> = messages
        .iter()
        .map(|message| Some(message.as_ref().ok()?.message.amount))
        .collect();
    assert_eq!(amounts, [Some(1), None, Some(3)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_error_names_the_message_and_still_has_it() {
    let database = database_with("steps").await;
    let headers = json!({ "traceparent": TRACEPARENT }).to_string();
    let id = store(&database, "steps", r#"{ "sum": 2 }"#, Some(&headers)).await;
    let read = pgmq::read::<Charge>("steps", HIDDEN)
        .limit(10)
        .fetch_all(database.pool())
        .await;
    let unreadable = read.unwrap().pop().unwrap().unwrap_err();
    let text = unreadable.to_string();
    assert_eq!(
        text,
        format!(
            "message {id} of the queue `steps` is unreadable: {}",
            unreadable.error()
        )
    );
    assert!(text.contains("missing field `amount`"), "{text}");
    let message = unreadable.message();
    assert_eq!(message.message.get(), r#"{"sum": 2}"#);
    assert_eq!(
        message.trace_context,
        TraceContext::from_headers(Some(TRACEPARENT), None)
    );
    assert_eq!((message.msg_id, message.read_ct), (id, 1));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn who_reads_one_message_can_put_an_unreadable_one_aside() {
    let database = database_with("steps").await;
    let id = store(&database, "steps", "[]", None).await;
    let error = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains(&format!("message {id} of the queue `steps` is unreadable")),
        "{error}"
    );
    let message = UnreadableMessage::find_in(&error).unwrap().message();
    assert!(database.queues().archive(&message.queue, message.msg_id).await.unwrap());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_body_that_is_null_in_the_table_is_null() {
    let database = database_with("steps").await;
    let send = "SELECT * FROM pgmq.send('steps', NULL::jsonb)";
    for _ in 0..2 {
        sqlx::query(send).execute(database.pool()).await.unwrap();
    }
    let message = pgmq::read::<Value>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(message.unwrap().unwrap().into_body(), Value::Null);
    let error = pgmq::read::<Charge>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await
        .unwrap_err();
    assert!(UnreadableMessage::find_in(&error).is_some(), "{error}");
}

/// They are read from their text: a detour over `serde_json::Value` would lose digits.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn numbers_beyond_64_bits_keep_their_digits() {
    let database = database_with("steps").await;
    pgmq::send("steps", &u128::MAX).execute(database.pool()).await.unwrap();
    let message = pgmq::read::<u128>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(message.unwrap().unwrap().message, u128::MAX);
}
