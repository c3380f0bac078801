//! The engine, in strict mode: its tree is whole, and is the one of `docs/adopting.md`.

mod jaeger;

use tasker_span_engine::{Engine, TaskRequest};
use tasker_span_runtime::testing::{Capture, Outline, Spans};
use tasker_span_runtime::{Uuid, identity};
use tasker_span_tests::page::Page;

fn request() -> TaskRequest {
    TaskRequest {
        correlation_id: Uuid::now_v7(),
        namespace: "fulfillment".to_owned(),
        name: "process_order".to_owned(),
    }
}

/// Creates the task in a request of an HTTP server's, and runs it.
fn run(request: &TaskRequest) -> Result<Uuid, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let engine = Engine::default();
    let task = tracing::info_span!("POST /tasks").in_scope(|| runtime.block_on(engine.create_task(request)))?;
    runtime.block_on(engine.run(task));
    Ok(task)
}

fn outline(spans: &Spans, task: Uuid) -> String {
    Outline::of([spans.tree_of(task)]).links().to_string()
}

#[test]
fn a_task_is_one_tree_without_a_violation() {
    let capture = Capture::strict();
    let request = request();
    let task = run(&request).unwrap();
    let spans = capture.spans();
    spans.assert_complete();
    let tree = outline(&spans, task);
    let page = Page::open("docs/adopting.md").fill(|part| match part {
        "tree" => format!("```text\n{}\n```", tree.trim_end()),
        other => panic!("the page has the part {other}"),
    });
    page.check();
    let of_task = spans.of_task(task);
    assert_eq!(of_task.len(), spans.len() - 1, "all but the request's own span");
    for span in &of_task {
        assert_eq!(
            span.uuid("correlation_id"),
            Some(request.correlation_id),
            "{}",
            span.name()
        );
        assert_eq!(span.text("namespace"), Some("fulfillment"), "{}", span.name());
        assert_eq!(span.attribute("tasker.transition_unseen"), None, "{}", span.name());
    }
    let root = of_task.named("task.orchestration").one();
    assert_eq!(root.span_id(), identity::root_span_id(task));
}

#[test]
fn a_request_that_creates_no_task_stays_with_its_caller() {
    let capture = Capture::strict();
    let unknown = TaskRequest {
        name: "unknown".to_owned(),
        ..request()
    };
    run(&unknown).unwrap_err();
    assert_eq!(
        Outline::new(&capture.spans()).to_string(),
        "\
POST /tasks
  task.creation ERROR alloc::string::String
    request.validation
    template.lookup ERROR alloc::string::String
"
    );
}
