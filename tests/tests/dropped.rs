//! Scopes that sampling has dropped: nothing is exported of a success, and everything of an error.

use opentelemetry::trace::{TraceContextExt, TracerProvider};
use tasker_span_runtime::testing::{Capture, CapturedSpan, Spans};
use tasker_span_runtime::{Carrier, FutureExt, Sampling, Uuid, identity, in_current_scope, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.orchestration")]
fn drive<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution", inherit)]
fn handle(work: impl FnOnce() -> Result<(), &'static str>) -> Result<(), &'static str> {
    work()
}

#[step_span("result.submission", inherit)]
fn submit() {}

#[tracing::instrument]
fn helper() {
    tracing::info!("in the helper");
}

fn no_steps() -> Capture {
    Capture::builder().sampling(Sampling::new().steps(0.0)).start()
}

fn error<'a>(spans: &'a Spans, name: &str) -> CapturedSpan {
    spans.named(name).one().clone()
}

#[test]
fn a_dropped_step_that_succeeds_exports_nothing() {
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default());
    let step = step.step();
    drive(&task, || {
        execute(&task, &step, || {
            drop(handle(|| {
                helper();
                tracing::info!("nobody sees it");
                Ok(())
            }));
            submit();
        });
    });
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
    assert!(capture.spans().named("task.orchestration").one().events().is_empty());
}

#[test]
fn an_error_is_exported_with_all_that_encloses_it() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    transition(&task, "enqueuing_steps", "steps_in_process", || ());
    // The execution swallows what its handler says.
    execute(&task, &step, || {
        submit();
        drop(handle(|| Err("card declined")));
    });
    transition(&task, "evaluating_results", "complete", || ());
    let spans = capture.spans();
    capture.assert_complete();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert!(spans.named("result.submission").is_empty());
    assert!(handler.is_error() && !execution.is_error());
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    assert_eq!(
        execution.span_id(),
        identity::execution_span_id(step.workflow_step_uuid, 1)
    );
    assert_eq!(execution.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    for span in [&execution, &handler] {
        assert_eq!(span.text("tasker.kept_by"), Some("error"));
        assert_eq!(span.text("namespace"), Some("payments"));
        assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    }
    assert!(execution.start() <= handler.start() && handler.end() <= execution.end());
}

#[test]
fn a_panic_and_a_cancelled_future_are_exported() {
    let capture = no_steps();
    let task = Task::default();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        drop(execute(&task, &task.step(), || handle(|| panic!("broken"))));
    }));
    assert!(panicked.is_err());
    let spans = capture.spans();
    assert_eq!(error(&spans, "handler.execution").text("error.type"), Some("panic"));
    assert_eq!(error(&spans, "step.execution").text("error.type"), Some("panic"));
    capture.clear();

    #[step_span("step.execution")]
    async fn wait(task: &Task, step: &Step) {
        handle_later().await;
    }
    #[step_span("handler.execution", inherit)]
    async fn handle_later() {
        std::future::pending::<()>().await;
    }
    {
        let step = task.step();
        let mut waiting = Box::pin(wait(&task, &step));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
    }
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    assert_eq!(execution.attribute("tasker.cancelled"), Some(&true.into()));
}

#[test]
fn what_a_dropped_scope_spawned_may_fail_after_its_end() {
    let capture = no_steps();
    let task = Task::default();
    let work = execute(&task, &task.step(), || {
        in_current_scope(|| drop(handle(|| Err("too late"))))
    });
    assert!(capture.spans().is_empty());
    work();
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    assert!(!execution.is_error());
}

#[tokio::test]
async fn a_dropped_scope_goes_along_into_spawned_tasks() {
    let capture = no_steps();
    let task = Task::default();

    #[step_span("step.execution")]
    async fn execute(task: &Task, step: &Step) {
        let work = async { drop(handle(|| Err("elsewhere"))) };
        tokio::spawn(work.in_current_scope()).await.unwrap();
    }
    execute(&task, &task.step()).await;
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    assert_eq!(handler.uuid("step_uuid"), execution.uuid("step_uuid"));
}

#[test]
fn without_keep_errors_nothing_is_exported() {
    let capture = Capture::builder()
        .sampling(Sampling::new().steps(0.0).keep_errors(false))
        .start();
    let task = Task::default();
    execute(&task, &task.step(), || drop(handle(|| Err("unseen"))));
    assert!(capture.spans().is_empty());
}

#[test]
fn a_dropped_scope_hands_out_a_valid_unsampled_carrier() {
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default().step());
    let outer = tracing::info_span!("loop").entered();
    execute(&task, &step, || {
        let carrier = Carrier::current();
        assert_eq!(carrier.trace_id(), Some(identity::trace_id(task.task_uuid)));
        assert_eq!(
            carrier.span_id(),
            Some(identity::execution_span_id(step.workflow_step_uuid, 1))
        );
        assert!(!carrier.is_sampled());
        let mut inner = Carrier::EMPTY;
        drop(handle(|| {
            inner = Carrier::current();
            Ok(())
        }));
        assert_eq!(inner.trace_id(), carrier.trace_id());
        assert_ne!(inner.span_id(), carrier.span_id());
    });
    drop(outer);
    assert_eq!(capture.spans().names(), ["loop"]);
}

#[test]
fn a_dropped_task_drops_its_steps_and_has_a_root_for_its_errors() {
    let capture = Capture::builder().sampling(Sampling::new().tasks(0.0)).start();
    let task = Task::default();
    let run = |fails: bool| {
        let task = Task::default();
        transition(&task, "pending", "initializing", || ());
        execute(&task, &task.step(), || {
            drop(handle(|| if fails { Err("once") } else { Ok(()) }))
        });
        transition(&task, "evaluating_results", "complete", || ());
    };
    run(false);
    assert!(capture.spans().is_empty());
    run(true);
    assert_eq!(
        capture.spans().to_tree_text(),
        "task.orchestration order_fulfillment\n  step.execution charge_payment attempt=1\n    handler.execution ERROR &str\n"
    );
    capture.clear();
    transition(&task, "blocked_by_failures", "error", || ());
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
}

#[test]
fn a_task_inside_a_dropped_step_decides_for_itself() {
    let capture = no_steps();
    let (task, child) = (Task::default(), Task::default());
    execute(&task, &task.step(), || {
        drive(&child, || execute(&child, &child.step(), || ()))
    });
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
    assert_eq!(capture.spans().one().uuid("task_uuid"), Some(child.task_uuid));
    let _ = Uuid::nil();
}

#[test]
fn spans_of_opentelemetrys_own_api_are_dropped_inside() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        let tracer = opentelemetry_sdk::trace::SdkTracerProvider::builder()
            .build()
            .tracer("own");
        let _ = tracer;
        assert!(!opentelemetry::Context::current().span().span_context().is_sampled());
    });
    assert!(capture.spans().is_empty());
}
