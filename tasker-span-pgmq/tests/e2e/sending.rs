//! Sending one message. What the spans record of it is in `links`.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tasker_span_pgmq::send;
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Sampling, identity};

use crate::steps::enqueue;
use crate::{HIDDEN, TRACEPARENT, Task, bodies, context_headers, database_with_steps, read_one, stored_headers};

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn headers_have_the_context_of_the_enclosing_span() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let sending = send("steps", "charge").execute(database.pool());
    let (trace_context, id) = enqueue(&Task::default(), sending).await;
    assert!(id.unwrap() > 0);
    let [traceparent, tracestate] = context_headers(&trace_context);
    let expected = json!({ "traceparent": traceparent, "tracestate": tracestate });
    assert_eq!(stored_headers(&database).await, [Some(expected)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_context_is_taken_when_the_future_runs_not_when_it_is_made() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let sending = tracing::info_span!("elsewhere").in_scope(|| send("steps", "charge").execute(database.pool()));
    let (trace_context, _) = enqueue(&Task::default(), sending).await;
    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!(message.trace_context, trace_context);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn in_an_unsampled_span_the_context_is_valid_and_not_sampled() {
    let _capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    let (database, task) = (database_with_steps().await, Task::default());
    let sending = send("steps", "charge").execute(database.pool());
    enqueue(&task, sending).await.1.unwrap();
    let message = read_one::<String>(database.pool(), "steps").await.unwrap();
    assert_eq!(
        message.trace_context.trace_id(),
        Some(identity::trace_id(task.task_uuid))
    );
    assert!(!message.trace_context.is_sampled());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn outside_of_all_spans_a_message_has_no_headers() {
    let database = database_with_steps().await;
    send("steps", "charge").execute(database.pool()).await.unwrap();
    assert_eq!(stored_headers(&database).await, [None]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_callers_headers_are_sent() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let own = map(&json!({ "x-pgmq-group": "customer-7", "priority": 3 }));
    let sending = send("steps", "charge").headers(&own).execute(database.pool());
    let (trace_context, _) = enqueue(&Task::default(), sending).await;
    let [traceparent, tracestate] = context_headers(&trace_context);
    let expected = json!({
        "x-pgmq-group": "customer-7",
        "priority": 3,
        "traceparent": traceparent,
        "tracestate": tracestate,
    });
    assert_eq!(stored_headers(&database).await, [Some(expected)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_callers_context_is_not_overwritten() {
    let _capture = Capture::strict();
    let database = database_with_steps().await;
    let cases = [
        json!({ "traceparent": TRACEPARENT }),
        json!({ "tracestate": "vendor=1" }),
        json!({ "Traceparent": null }),
    ];
    for own in &cases {
        let own = map(own);
        let sending = send("steps", "charge").headers(&own).execute(database.pool());
        enqueue(&Task::default(), sending).await.1.unwrap();
    }
    assert_eq!(stored_headers(&database).await, cases.map(Some));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_delayed_message_is_hidden() {
    let database = database_with_steps().await;
    let later = send("steps", "later").delay(HIDDEN);
    later.execute(database.pool()).await.unwrap();
    send("steps", "now").execute(database.pool()).await.unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, ["now"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_delay_of_less_than_a_second_is_a_second() {
    let database = database_with_steps().await;
    let later = send("steps", "charge").delay(Duration::from_millis(1));
    later.execute(database.pool()).await.unwrap();
    let is_hidden = sqlx::query_scalar::<_, bool>("SELECT vt >= enqueued_at + interval '1 second' FROM pgmq.q_steps");
    assert!(is_hidden.fetch_one(database.pool()).await.unwrap());
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_is_sent_on_a_connection() {
    let database = database_with_steps().await;
    let mut connection = database.pool().acquire().await.unwrap();
    send("steps", "charge").execute(&mut *connection).await.unwrap();
    assert_eq!(bodies(&mut *connection, "steps").await, ["charge"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_may_be_unsized() {
    let database = database_with_steps().await;
    send("steps", &[1, 2][..]).execute(database.pool()).await.unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, [json!([1, 2])]);
}
