//! The routes of the page: the open work of this process, the oldest first.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use maud::{DOCTYPE, html};
use tasker_span_runtime::{OpenWork, Telemetry};

#[derive(Clone, Debug)]
struct Admin {
    telemetry: Arc<Telemetry>,
    /// With a place for the trace id.
    trace_url: Arc<str>,
}

/// `GET /` and `GET /open-work.json`. A program shows both to its operators only: they have the ids and names of its work.
pub(crate) fn router(telemetry: Arc<Telemetry>, trace_url: String) -> Router {
    let trace_url = trace_url.into();
    Router::new()
        .route("/", get(page))
        .route("/open-work.json", get(list))
        .with_state(Admin { telemetry, trace_url })
}

async fn list(State(admin): State<Admin>) -> Json<Vec<OpenWork>> {
    Json(admin.telemetry.open_work())
}

/// Names are input: `html!` escapes them.
async fn page(State(admin): State<Admin>) -> Html<String> {
    let open = admin.telemetry.open_work();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="refresh" content="1";
                title { "Open work" }
                style { "td, th { padding: 0 1em; text-align: left }" }
            }
            body {
                h1 { (open.len()) " open" }
                table {
                    thead {
                        tr { th { "age" } th { "work" } th { "name" } th { "attempt" } th { "state" } th { "namespace" } th { "task" } }
                    }
                    tbody {
                        @for work in &open {
                            tr {
                                td { (age(work.age())) }
                                td { (work.kind()) }
                                td { (name(work)) }
                                td { @if let Some(attempt) = work.attempt_number() { (attempt) } }
                                td { (work.state().unwrap_or_default()) }
                                td { (work.namespace().unwrap_or_default()) }
                                td { @if let Some((task_uuid, trace)) = work.task_uuid().zip(work.trace_url(&admin.trace_url)) {
                                    a href=(trace) { (task_uuid) }
                                } }
                            }
                        }
                    }
                }
            }
        }
    };
    Html(page.into_string())
}

fn name(work: &OpenWork) -> &str {
    let names = [work.step_name(), work.handler_name(), work.task_name()];
    names.into_iter().flatten().next().unwrap_or_default()
}

fn age(age: Duration) -> String {
    format!("{:.1} s", age.as_secs_f64())
}
