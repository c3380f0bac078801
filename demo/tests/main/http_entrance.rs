//! The routes of the example `http_entrance`, with requests that no network carries.

#[path = "../../examples/http_entrance/routes.rs"]
mod routes;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Request, Response, StatusCode};
use opentelemetry::global;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use serde_json::Value;
use tasker_span_demo::orders::{Order, example_orders, handlers, workflows};
use tasker_span_demo::tasker::InProcessTasker;
use tasker_span_runtime::otel::Propagator;
use tasker_span_runtime::testing::{Capture, SpanKind, Spans};
use tasker_span_runtime::{Uuid, identity};
use tower::ServiceExt;

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn order() -> Order {
    example_orders().unwrap().remove(0)
}

/// The answer to an order, and all spans until its task ends.
fn post(order: &Order, traceparent: Option<&str>) -> (Response<Body>, Spans) {
    global::set_text_map_propagator(Propagator::new(TraceContextPropagator::new()));
    let capture = Capture::strict();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let answer = runtime.unwrap().block_on(async {
        let tasker = Arc::new(InProcessTasker::start(workflows().unwrap(), handlers, 1));
        let router = routes::router(Arc::clone(&tasker), "http://jaeger/trace/{trace_id}".to_owned());
        let mut request = Request::post("/tasks").header(CONTENT_TYPE, "application/json");
        if let Some(traceparent) = traceparent {
            request = request.header("traceparent", traceparent);
        }
        let body = Body::from(serde_json::to_vec(order).unwrap());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        tasker.wait_for_all().await;
        answer
    });
    (answer, capture.spans())
}

fn json(answer: Response<Body>) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let body = runtime.block_on(to_bytes(answer.into_body(), usize::MAX)).unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[test]
fn the_answer_has_the_address_of_the_trace() {
    let (answer, _) = post(&order(), None);
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let header = answer.headers()["traceresponse"].to_str().unwrap().to_owned();
    let body = json(answer);
    let task: Uuid = body["task_uuid"].as_str().unwrap().parse().unwrap();
    let (trace_id, root) = (identity::trace_id(task), identity::root_span_id(task));
    assert_eq!(body["trace_url"], format!("http://jaeger/trace/{trace_id}"));
    assert_eq!(header, format!("00-{trace_id}-{root}-01"));
}

#[test]
fn the_request_and_the_task_link_to_each_other() {
    let (answer, spans) = post(&order(), Some(CALLER));
    let task: Uuid = json(answer)["task_uuid"].as_str().unwrap().parse().unwrap();
    let request = spans.named("POST /tasks").one();
    let of_task = spans.of_task(task);
    let (creation, root) = (
        of_task.named("task.initialization").one(),
        of_task.named("task.orchestration").one(),
    );

    assert_eq!(request.kind(), SpanKind::Server);
    assert_eq!(request.trace_id().to_string(), CALLER[3..35]);
    assert!(request.is_linked_to(&root));
    assert_eq!(creation.trace_id(), identity::trace_id(task));
    assert!(creation.is_linked_to(&request));
    of_task.assert_complete();
}

#[test]
fn a_request_that_creates_no_task_links_to_none() {
    let unknown = Order {
        workflow: "unknown".to_owned(),
        ..order()
    };
    let (answer, spans) = post(&unknown, None);
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.headers().get("traceresponse").is_none());
    assert_eq!(spans.named("POST /tasks").one().links(), []);
}
