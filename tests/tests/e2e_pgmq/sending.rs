//! One message.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tasker_span_runtime::pgmq;
use tasker_span_runtime::testing::Capture;
use tasker_span_tests::fixture::Task;

use crate::{HIDDEN, bodies, database_with, start_steps, stored_headers};

fn map(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_context_of_the_span_around_it_is_in_the_headers() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let send = pgmq::send("steps", "charge").execute(database.pool());
    let (trace_context, id) = start_steps(&Task::default(), send).await;
    assert!(id.unwrap() > 0);
    let expected = json!({ "traceparent": trace_context.traceparent().unwrap() });
    assert_eq!(stored_headers(&database, "steps").await, [Some(expected)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_carrier_is_that_of_where_it_is_executed_not_of_where_it_was_built() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let send = tracing::info_span!("elsewhere").in_scope(|| pgmq::send("steps", "charge").execute(database.pool()));
    let (trace_context, _) = start_steps(&Task::default(), send).await;
    let message = pgmq::read::<String>("steps", HIDDEN)
        .fetch_optional(database.pool())
        .await;
    assert_eq!(message.unwrap().unwrap().trace_context, trace_context);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn without_a_span_around_it_a_message_has_no_headers() {
    let database = database_with("steps").await;
    pgmq::send("steps", "charge").execute(database.pool()).await.unwrap();
    assert_eq!(stored_headers(&database, "steps").await, [None]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_callers_headers_are_kept() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let own = map(&json!({ "x-pgmq-group": "customer-7", "priority": 3 }));
    let send = pgmq::send("steps", "charge").headers(&own).execute(database.pool());
    let (trace_context, _) = start_steps(&Task::default(), send).await;
    let traceparent = trace_context.traceparent().unwrap();
    let expected = json!({ "x-pgmq-group": "customer-7", "priority": 3, "traceparent": traceparent });
    assert_eq!(stored_headers(&database, "steps").await, [Some(expected)]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn the_callers_own_context_is_not_overwritten() {
    let _capture = Capture::strict();
    let database = database_with("steps").await;
    let cases = [
        json!({ "traceparent": crate::TRACEPARENT }),
        json!({ "tracestate": "vendor=1" }),
        json!({ "Traceparent": null }),
    ];
    for own in &cases {
        let own = map(own);
        let send = pgmq::send("steps", "charge").headers(&own).execute(database.pool());
        start_steps(&Task::default(), send).await.1.unwrap();
    }
    assert_eq!(stored_headers(&database, "steps").await, cases.map(Some));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_delayed_message_is_not_there_yet() {
    let database = database_with("steps").await;
    pgmq::send("steps", "later")
        .delay(HIDDEN)
        .execute(database.pool())
        .await
        .unwrap();
    pgmq::send("steps", "now").execute(database.pool()).await.unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, ["now"]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_delay_of_less_than_a_second_is_a_second() {
    let database = database_with("steps").await;
    let delay = Duration::from_millis(1);
    pgmq::send("steps", "charge")
        .delay(delay)
        .execute(database.pool())
        .await
        .unwrap();
    let at_least_a_second: bool =
        sqlx::query_scalar("SELECT vt >= enqueued_at + interval '1 second' FROM pgmq.q_steps")
            .fetch_one(database.pool())
            .await
            .unwrap();
    assert!(at_least_a_second);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_is_sent_on_a_connection() {
    let database = database_with("steps").await;
    let mut connection = database.pool().acquire().await.unwrap();
    pgmq::send("steps", "charge").execute(&mut *connection).await.unwrap();
    assert_eq!(bodies(&mut *connection, "steps").await, ["charge"]);
}

/// Of a slice, a trait object, or any other type that is only borrowed.
#[tokio::test]
#[ignore = "needs PostgreSQL: set TASKER_SPAN_POSTGRES_URL, or run scripts/with-servers"]
async fn a_message_need_not_be_sized() {
    let database = database_with("steps").await;
    pgmq::send("steps", &[1, 2][..]).execute(database.pool()).await.unwrap();
    assert_eq!(bodies(database.pool(), "steps").await, [json!([1, 2])]);
}
