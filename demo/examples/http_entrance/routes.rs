//! The routes of the entrance. The request and the task are two traces, and link to each other.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::trace::TraceContextExt;
use serde_json::json;
use tasker_span_demo::orders::Order;
use tasker_span_demo::tasker::{InProcessTasker, TaskerError};
use tasker_span_runtime::{TraceContext, identity};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

#[derive(Clone, Debug)]
struct Entrance {
    tasker: Arc<InProcessTasker>,
    /// With a place for the trace id.
    trace_url: Arc<str>,
}

/// `POST /tasks`, in a span for each request.
pub(crate) fn router(tasker: Arc<InProcessTasker>, trace_url: String) -> Router {
    let trace_url = trace_url.into();
    Router::new()
        .route("/tasks", post(create_task))
        .layer(OtelAxumLayer::default())
        .with_state(Entrance { tasker, trace_url })
}

async fn create_task(State(entrance): State<Entrance>, Json(order): Json<Order>) -> Result<impl IntoResponse, Refused> {
    // The span `task.initialization` links to the request's span by itself.
    let task = entrance.tasker.initializer().create_task(order.request()?).await?;
    // And the request's span to the task.
    let root = TraceContext::of_task(task.task_uuid);
    Span::current().add_link(root.context().span().span_context().clone());

    let header = root.traceparent().map(|value| ("traceresponse", value));
    let body = json!({
        "task_uuid": task.task_uuid,
        "trace_url": identity::trace_url(&entrance.trace_url, task.task_uuid),
    });
    Ok((StatusCode::ACCEPTED, AppendHeaders(header), Json(body)))
}

/// A request that creates no task.
pub(crate) struct Refused(TaskerError);

impl From<TaskerError> for Refused {
    fn from(error: TaskerError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self.0 {
            error @ TaskerError::UnknownTemplate(_) => {
                let body = json!({ "error": error.to_string() });
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}
