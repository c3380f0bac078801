//! Bodies that are not what the reader expects, and numbers that are long.

use serde::Deserialize;
use serde_json::{Value, json};
use tasker_span_pgmq::{UnreadableMessage, read, send};
use tasker_span_runtime::TraceContext;

use crate::{HIDDEN, TRACEPARENT, database_with_steps, read_one, store};

#[derive(Debug, Deserialize, PartialEq)]
struct Charge {
    amount: u32,
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_unreadable_message_does_not_prevent_reading_others() {
    let database = database_with_steps().await;
    for body in [r#"{ "amount": 1 }"#, r#"{ "sum": 2 }"#, r#"{ "amount": 3 }"#] {
        store(&database, body, None).await;
    }
    let read = read::<Charge>("steps", HIDDEN).limit(10);
    let messages = read.fetch_all(database.pool()).await.unwrap();
    let amount = |message: Result<tasker_span_pgmq::Message<Charge>, _>| message.ok().map(|it| it.message.amount);
    let amounts: Vec<_> = messages.into_iter().map(amount).collect();
    assert_eq!(amounts, [Some(1), None, Some(3)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_error_names_the_message_and_holds_it() {
    let database = database_with_steps().await;
    let headers = json!({ "traceparent": TRACEPARENT }).to_string();
    let id = store(&database, r#"{ "sum": 2 }"#, Some(&headers)).await;
    let read = read::<Charge>("steps", HIDDEN)
        .limit(10)
        .fetch_all(database.pool())
        .await;
    let unreadable = read.unwrap().pop().unwrap().unwrap_err();
    let text = unreadable.to_string();
    let begin = format!("message {id} of the queue `steps` is unreadable: the body is JSON of another type, at line 1");
    assert!(text.starts_with(&begin) && text.ends_with("::Charge`"), "{text}");
    let error = unreadable.error().to_string();
    assert!(error.contains("missing field `amount`"), "{error}");
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
async fn an_unreadable_message_can_be_archived() {
    let database = database_with_steps().await;
    let id = store(&database, "[]", None).await;
    let read = read::<String>("steps", HIDDEN).fetch_optional(database.pool());
    let error = read.await.unwrap_err();
    let expected = format!("message {id} of the queue `steps` is unreadable");
    assert!(error.to_string().contains(&expected), "{error}");
    let message = UnreadableMessage::find_in(&error).unwrap().message();
    assert!(database.queues().archive(&message.queue, message.msg_id).await.unwrap());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_body_that_is_sql_null_is_null() {
    let database = database_with_steps().await;
    let send = "SELECT * FROM pgmq.send('steps', NULL::jsonb)";
    for _ in 0..2 {
        sqlx::query(send).execute(database.pool()).await.unwrap();
    }
    let message = read_one::<Value>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.into_body(), Value::Null);
    let read = read::<Charge>("steps", HIDDEN).fetch_optional(database.pool());
    let error = read.await.unwrap_err();
    assert!(UnreadableMessage::find_in(&error).is_some(), "{error}");
}

/// A detour over `serde_json::Value` would lose digits.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn numbers_beyond_64_bits_have_all_their_digits() {
    let database = database_with_steps().await;
    send("steps", &u128::MAX).execute(database.pool()).await.unwrap();
    let message = read_one::<u128>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.message, u128::MAX);
}
