//! Sending several messages at once.

use serde_json::{Map, Value, json};
use tasker_span_pgmq::send_batch;
use tasker_span_runtime::testing::Capture;

use crate::steps::enqueue;
use crate::{HIDDEN, Task, bodies, context_headers, database_with_steps, read_all, stored_headers};

fn group(name: &str) -> Map<String, Value> {
    Map::from_iter([("x-pgmq-group".to_owned(), json!(name))])
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn each_message_has_the_context_and_ids_are_in_order() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let sending = send_batch("steps", &["a", "b", "c"]).execute(database.pool());
    let (trace_context, ids) = enqueue(&Task::default(), sending).await;
    let messages = read_all::<String>(database.pool(), "steps").await;
    let expected: Vec<_> = ids.unwrap().into_iter().zip(["a", "b", "c"]).collect();
    let found: Vec<_> = messages.iter().map(|it| (it.msg_id, it.message.as_str())).collect();
    assert_eq!(found, expected);
    assert!(messages.iter().all(|message| message.trace_context == trace_context));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_are_the_same_for_all_messages_or_given_for_each() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let (same, each) = (group("all"), [group("7"), group("8")]);
    let both = async {
        let batch = || send_batch("steps", &["a", "b"]);
        batch().headers(&same).execute(database.pool()).await.unwrap();
        batch().headers_each(&each).execute(database.pool()).await.unwrap();
    };
    let (trace_context, ()) = enqueue(&Task::default(), both).await;
    let [traceparent, tracestate] = context_headers(&trace_context);
    let expected = ["all", "all", "7", "8"]
        .map(|group| Some(json!({ "x-pgmq-group": group, "traceparent": traceparent, "tracestate": tracestate })));
    assert_eq!(stored_headers(&database).await, expected);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn too_few_headers_for_the_messages_are_an_error() {
    let database = database_with_steps().await;
    let headers = [group("7")];
    let batch = send_batch("steps", &["a", "b"]).headers_each(&headers);
    let error = batch.execute(database.pool()).await.unwrap_err().to_string();
    let expected = "headers array length (1) must match msgs array length (2)";
    assert!(error.contains(expected), "{error}");
    assert_eq!(bodies(database.pool(), "steps").await, [Value::Null; 0]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn outside_of_all_spans_a_batch_has_no_headers() {
    let database = database_with_steps().await;
    let batch = send_batch("steps", &["a", "b"]);
    batch.execute(database.pool()).await.unwrap();
    assert_eq!(stored_headers(&database).await, [None, None]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn an_empty_batch_sends_nothing() {
    let database = database_with_steps().await;
    let batch = send_batch("steps", &[""; 0]);
    assert_eq!(batch.execute(database.pool()).await.unwrap(), [0; 0]);
    assert_eq!(stored_headers(&database).await, []);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_delay_hides_all_messages() {
    let database = database_with_steps().await;
    let batch = send_batch("steps", &["a", "b"]).delay(HIDDEN);
    batch.execute(database.pool()).await.unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, [Value::Null; 0]);
    assert_eq!(stored_headers(&database).await.len(), 2);
}
