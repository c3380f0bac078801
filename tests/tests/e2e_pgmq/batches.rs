//! Several messages at once.

use serde_json::{Map, Value, json};
use tasker_span_runtime::pgmq;
use tasker_span_runtime::testing::Capture;
use tasker_span_tests::fixture::Task;

use crate::{HIDDEN, bodies, database_with, start_steps, stored_headers};

fn group(name: &str) -> Map<String, Value> {
    Map::from_iter([("x-pgmq-group".to_owned(), json!(name))])
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn each_message_has_the_carrier_and_ids_come_in_order() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let send = pgmq::send_batch("steps", &["a", "b", "c"]).execute(database.pool());
    let (trace_context, ids) = start_steps(&Task::default(), send).await;
    let read = pgmq::read::<String>("steps", HIDDEN)
        .limit(10)
        .fetch_all(database.pool())
        .await;
    let messages: Vec<_> = read.unwrap().into_iter().map(Result::unwrap).collect();
    let expected: Vec<_> = ids.unwrap().into_iter().zip(["a", "b", "c"]).collect();
    let found: Vec<_> = messages.iter().map(|it| (it.msg_id, it.message.as_str())).collect();
    assert_eq!(found, expected);
    assert!(messages.iter().all(|message| message.trace_context == trace_context));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_may_be_the_same_for_all_or_each_ones_own() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let (same, each) = (group("all"), [group("7"), group("8")]);
    let both = async {
        let batch = || pgmq::send_batch("steps", &["a", "b"]);
        batch().headers(&same).execute(database.pool()).await.unwrap();
        batch().headers_each(&each).execute(database.pool()).await.unwrap();
    };
    let (trace_context, ()) = start_steps(&Task::default(), both).await;
    let expected = ["all", "all", "7", "8"]
        .map(|group| Some(json!({ "x-pgmq-group": group, "traceparent": trace_context.traceparent().unwrap() })));
    assert_eq!(stored_headers(&database, "steps").await, expected);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn each_ones_headers_must_be_as_many_as_there_are_messages() {
    let database = database_with("steps").await;
    let headers = [group("7")];
    let batch = pgmq::send_batch("steps", &["a", "b"]).headers_each(&headers);
    let error = batch.execute(database.pool()).await.unwrap_err().to_string();
    assert!(
        error.contains("headers array length (1) must match msgs array length (2)"),
        "{error}"
    );
    assert_eq!(bodies(database.pool(), "steps").await, [Value::Null; 0]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn without_a_span_around_it_a_batch_has_no_headers() {
    let database = database_with("steps").await;
    pgmq::send_batch("steps", &["a", "b"])
        .execute(database.pool())
        .await
        .unwrap();
    assert_eq!(stored_headers(&database, "steps").await, [None, None]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_empty_batch_sends_nothing() {
    let database = database_with("steps").await;
    let ids = pgmq::send_batch("steps", &[""; 0])
        .execute(database.pool())
        .await
        .unwrap();
    assert_eq!(ids, [0; 0]);
    assert_eq!(stored_headers(&database, "steps").await, []);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_batch_is_delayed_as_a_whole() {
    let database = database_with("steps").await;
    pgmq::send_batch("steps", &["a", "b"])
        .delay(HIDDEN)
        .execute(database.pool())
        .await
        .unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, [Value::Null; 0]);
    assert_eq!(stored_headers(&database, "steps").await.len(), 2);
}
