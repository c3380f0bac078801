//! The routes of the example `admin`, with requests that no network carries.

#[path = "../../examples/admin/routes.rs"]
mod routes;

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use serde_json::Value;
use tasker_span_runtime::{Console, DetachedSpan, Telemetry, Uuid, identity, step_scope};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;
use tower::ServiceExt;
use tracing_subscriber::layer::SubscriberExt;

const TRACES: &str = "http://jaeger/trace/{trace_id}";

/// Reads the environment, so that its tests run alone.
fn telemetry() -> Arc<Telemetry> {
    let builder = Telemetry::builder().console(Console::Off).console_only();
    Arc::new(builder.running_after(Duration::from_hours(1)).build().unwrap())
}

/// An execution that is open until the value ends.
fn begin(telemetry: &Telemetry, task: &Task, handler: &str) -> DetachedSpan {
    let subscriber = tracing_subscriber::registry().with(telemetry.layer());
    tracing::subscriber::with_default(subscriber, || {
        let step = Uuid::now_v7();
        step_scope!(
            "step.execution",
            task = task,
            step_uuid = step,
            handler_name = handler,
            attempt_number = 2
        )
        .detach()
    })
}

fn get(telemetry: &Arc<Telemetry>, path: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let router = routes::router(Arc::clone(telemetry), TRACES.to_owned());
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    })
}

#[test]
fn the_json_has_what_is_open_the_oldest_first() {
    process::alone(|| {
        let (telemetry, task) = (telemetry(), Task::default());
        let [first, second] = ["charge_payment", "ship_order"].map(|handler| begin(&telemetry, &task, handler));
        let list: Value = serde_json::from_str(&get(&telemetry, "/open-work.json")).unwrap();
        let handlers: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|work| &work["handler_name"])
            .collect();
        assert_eq!(handlers, ["charge_payment", "ship_order"]);
        let work = &list[0];
        assert_eq!(work["kind"], "step");
        assert_eq!(work["task_uuid"], task.task_uuid.to_string());
        assert_eq!(
            (&work["attempt_number"], &work["namespace"]),
            (&2.into(), &"payments".into())
        );
        assert!(work["age_ms"].is_u64() && work["started_at_ms"].is_u64() && work["is_sampled"] == true);
        assert_eq!(work.get("state"), None);
        first.end();
        second.end();
        assert_eq!(get(&telemetry, "/open-work.json"), "[]");
    });
}

#[test]
fn the_page_escapes_names() {
    process::alone(|| {
        let (telemetry, task) = (telemetry(), Task::of("<b>&\"'"));
        let open = begin(&telemetry, &task, "<script>alert(1)</script>");
        let page = get(&telemetry, "/");
        assert!(
            page.contains("<td>&lt;script&gt;alert(1)&lt;/script&gt;</td>"),
            "{page}"
        );
        assert!(
            page.contains("<td>&lt;b&gt;&amp;") && !page.contains("<script"),
            "{page}"
        );
        assert!(page.contains(&format!("http://jaeger/trace/{}", identity::trace_id(task.task_uuid))));
        assert!(page.contains("<h1>1 open</h1>"), "{page}");
        open.end();
    });
}
