//! Scopes that sampling has dropped: nothing is exported of a success, and everything of an error.

use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Span as _, SpanContext, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_runtime::testing::{Capture, CapturedSpan, SpanStore, Spans};
use tasker_span_runtime::{
    FutureExt, Sampling, SpanFields, TraceContext, Uuid, identity, in_current_scope,
    otel::{IdGenerator, Propagator, Sampler},
    record_lost_attempt, step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing_opentelemetry::OpenTelemetrySpanExt;

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
fn handle(work: impl FnOnce() -> Result<(), &'static str>) -> Result<(), String> {
    work().map_err(str::to_owned)
}

#[step_span("result.submission", inherit)]
fn submit() {}

#[tracing::instrument]
fn helper() {
    tracing::info!("in the helper");
}

fn no_steps() -> Capture {
    Capture::builder().sampling(Sampling::new().step_rate(0.0)).start()
}

fn error(spans: &Spans, name: &str) -> CapturedSpan {
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
        assert_eq!(span.text("tasker.sampled_by"), Some("error"));
        assert_eq!(span.text("namespace"), Some("payments"));
        assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    }
    assert!(execution.start() <= handler.start() && handler.end() <= execution.end());
}

#[step_span("step.execution")]
async fn wait(task: &Task, step: &Step) {
    handle_later().await;
}

#[step_span("handler.execution", inherit)]
async fn handle_later() {
    std::future::pending::<()>().await;
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

#[step_span("step.execution")]
async fn spawn(task: &Task, step: &Step) {
    let work = async { drop(handle(|| Err("elsewhere"))) };
    tokio::spawn(work.in_current_scope()).await.unwrap();
}

#[test]
fn a_failure_elsewhere_and_the_end_of_its_scope_never_miss_each_other() {
    let capture = no_steps();
    let task = Task::default();
    for _ in 0..500 {
        std::thread::scope(|threads| {
            execute(&task, &task.step(), || {
                let work = in_current_scope(|| drop(handle(|| Err("elsewhere"))));
                threads.spawn(|| capture.run(work));
            });
        });
    }
    let spans = capture.spans();
    assert_eq!(spans.named("step.execution").len(), 500);
    for execution in &spans.named("step.execution") {
        assert_eq!(spans.children_of(execution).names(), ["handler.execution"]);
    }
}

#[tokio::test]
async fn a_dropped_scope_goes_along_into_spawned_tasks() {
    let capture = no_steps();
    let task = Task::default();
    spawn(&task, &task.step()).await;
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    assert_eq!(handler.uuid("step_uuid"), execution.uuid("step_uuid"));
}

#[test]
fn without_keep_errors_nothing_is_exported() {
    let capture = Capture::builder()
        .sampling(Sampling::new().step_rate(0.0).discard_errors())
        .start();
    let task = Task::default();
    execute(&task, &task.step(), || drop(handle(|| Err("unseen"))));
    assert!(capture.spans().is_empty());
}

/// What a middleware sends along that knows nothing of Tasker.
fn injected() -> Option<String> {
    let propagator = Propagator::new(TraceContextPropagator::new());
    let mut headers = HashMap::new();
    propagator.inject(&mut headers);
    headers.remove("traceparent")
}

#[test]
fn a_propagator_hands_on_the_dropped_scope_instead_of_what_is_around_it() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    assert_eq!(injected(), None);
    execute(&task, &step, || {
        assert_eq!(
            injected(),
            TraceContext::current().traceparent(),
            "nothing is around it"
        );
    });
    drive(&task, || {
        let around = injected().unwrap();
        assert!(around.ends_with("-01"), "the driver is kept");
        execute(&task, &step, || {
            let dropped = injected().unwrap();
            assert_eq!(Some(&dropped), TraceContext::current().traceparent().as_ref());
            assert!(
                dropped.ends_with("-00") && dropped[..35] == around[..35],
                "{dropped} in {around}"
            );
            let explicit = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            let mut headers = HashMap::new();
            let context = TraceContext::from_headers(Some(explicit), None).context();
            Propagator::new(TraceContextPropagator::new()).inject_context(&context, &mut headers);
            assert_eq!(headers["traceparent"], explicit, "whoever names a context means it");
            tracing::info_span!("other code").in_scope(|| {
                let of_span = injected().unwrap();
                assert!(of_span.ends_with("-00") && of_span != dropped, "{of_span}");
            });
        });
        assert_eq!(injected(), Some(around));
    });
    drop(capture);
}

#[test]
fn a_dropped_scope_hands_out_a_valid_unsampled_carrier() {
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default().step());
    let outer = tracing::info_span!("loop").entered();
    execute(&task, &step, || {
        let trace_context = TraceContext::current();
        assert_eq!(trace_context.trace_id(), Some(identity::trace_id(task.task_uuid)));
        assert_eq!(
            trace_context.span_id(),
            Some(identity::execution_span_id(step.workflow_step_uuid, 1))
        );
        assert!(!trace_context.is_sampled());
        let mut inner = TraceContext::EMPTY;
        drop(handle(|| {
            inner = TraceContext::current();
            Ok(())
        }));
        assert_eq!(inner.trace_id(), trace_context.trace_id());
        assert_ne!(inner.span_id(), trace_context.span_id());
    });
    drop(outer);
    assert_eq!(capture.spans().names(), ["loop"]);
}

#[test]
fn a_dropped_task_drops_its_steps_and_has_a_root_for_its_errors() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    let task = Task::default();
    let run = |fails: bool| {
        let task = Task::default();
        transition(&task, "pending", "initializing", || ());
        execute(&task, &task.step(), || {
            drop(handle(|| if fails { Err("once") } else { Ok(()) }));
        });
        transition(&task, "evaluating_results", "complete", || ());
    };
    run(false);
    assert!(capture.spans().is_empty());
    run(true);
    assert_eq!(
        capture.spans().to_tree_text(),
        "task.orchestration order_fulfillment\n  step.execution charge_payment attempt=1\n    handler.execution ERROR alloc::string::String\n"
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
        drive(&child, || execute(&child, &child.step(), || ()));
    });
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
    assert_eq!(capture.spans().one().uuid("task_uuid"), Some(child.task_uuid));
}

/// A provider beside the capture's, as a program has it for its own spans.
fn own_provider(store: &SpanStore) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
        .with_span_processor(store.clone())
        .build()
}

#[test]
fn spans_of_other_code_are_dropped_inside_and_have_contexts_that_say_so() {
    let capture = no_steps();
    let (store, task) = (SpanStore::new(), Task::default());
    let tracer = own_provider(&store).tracer("own");
    let is_dropped = |context: &SpanContext| {
        let trace_id = identity::trace_id(task.task_uuid).to_u128().to_be_bytes();
        assert_eq!(context.trace_id().to_bytes(), trace_id);
        assert!(context.is_valid() && !context.is_sampled());
    };
    let check = || {
        is_dropped(tracer.start("own").span_context());
        let span = tracing::info_span!("instrumented").entered();
        is_dropped(span.context().span().span_context());
        is_dropped(opentelemetry::Context::current().span().span_context());
        is_dropped(tracer.start("inside").span_context());
    };
    execute(&task, &task.step(), || {
        check();
        // The handler knows its task from around.
        let handled = handle(|| {
            check();
            Ok(())
        });
        handled.unwrap();
    });
    assert!(capture.spans().is_empty() && store.spans().is_empty());
    drive(&task, || execute(&task, &task.step(), check));
    assert_eq!(capture.spans().names(), ["task.orchestration"]);
    assert!(store.spans().is_empty());
}

#[step_span("handler.check", within = "handler.execution", inherit)]
fn check(fails: bool) -> Result<(), String> {
    if fails { Err("checked".to_owned()) } else { Ok(()) }
}

#[test]
fn attributes_are_inherited_through_any_number_of_dropped_scopes() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        let handled = handle(|| {
            check(false).unwrap();
            check(true).unwrap_err();
            Ok(())
        });
        handled.unwrap();
    });
    transition(&task, "evaluating_results", "complete", || ());
    capture.assert_complete();
    let spans = capture.spans();
    let check = spans.named("handler.check").one();
    for name in ["correlation_id", "namespace", "task_uuid", "step_uuid"] {
        assert_eq!(
            check.attribute(name),
            spans.named("step.execution").one().attribute(name),
            "{name}"
        );
    }
    assert_eq!(
        spans.named("handler.execution").one().text("handler_name"),
        Some("charge_payment")
    );
}

#[test]
fn a_kept_span_inherits_from_the_dropped_scopes_around_it() {
    #[task_span("task.audit", within = "task.orchestration", inherit)]
    fn audit() {}
    let capture = no_steps();
    let task = Task::default();
    for around in [None, Some(tracing::info_span!("loop"))] {
        let _around = around.as_ref().map(tracing::Span::enter);
        execute(&task, &task.step(), || {
            let handled = handle(|| {
                let _span = tracing::info_span!("instrumented").entered();
                audit();
                Ok(())
            });
            handled.unwrap();
        });
        let audit = capture.spans().named("task.audit").one();
        assert_eq!(audit.uuid("task_uuid"), Some(task.task_uuid));
        assert_eq!(audit.uuid("correlation_id"), Some(task.correlation_id));
        assert_eq!(audit.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
        capture.clear();
    }
    drive(&task, || {
        execute(&task, &task.step(), || {
            let _span = tracing::info_span!("instrumented").entered();
            audit();
        });
    });
    let spans = capture.spans();
    let root = spans.named("task.orchestration").one();
    assert_eq!(spans.named("task.audit").one().parent_span_id(), Some(root.span_id()));
}

#[test]
fn a_function_that_creates_a_task_inside_is_dropped_with_its_caller() {
    #[task_span(
        "task.initialization",
        within = "task.orchestration",
        inherit(correlation_id, namespace),
        late(task_uuid = |task| task.task_uuid),
    )]
    fn create(task: Result<Task, String>) -> Result<Task, String> {
        task
    }
    let capture = no_steps();
    let (task, child) = (Task::default(), Task::default());
    execute(&task, &task.step(), || drop(create(Ok(child.clone()))));
    assert!(capture.spans().is_empty());
    execute(&task, &task.step(), || drop(create(Err("no room".to_owned()))));
    let spans = capture.spans();
    let created = spans.named("task.initialization").one();
    assert!(created.is_error());
    assert_eq!(
        created.parent_span_id(),
        Some(spans.named("step.execution").one().span_id())
    );
    assert_eq!(created.trace_id(), identity::trace_id(task.task_uuid));
}

#[step_span("handler.execution")]
fn handle_told(task: &Task, step: &Step, result: Result<(), String>) -> Result<(), String> {
    result
}

/// On a thread of its own, which knows no scope.
fn lost(capture: &Capture, task: &Task, step: &Step, result: Result<(), String>) {
    let work = || capture.run(|| drop(handle_told(task, step, result)));
    std::thread::scope(|threads| threads.spawn(work).join()).unwrap();
}

#[test]
fn an_error_that_has_lost_its_scope_stands_under_what_is_exported() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    execute(&task, &first, || lost(&capture, &task, &first, Err("lost".to_owned())));
    execute(&task, &second, || ());
    lost(&capture, &task, &second, Err("late".to_owned()));
    lost(&capture, &task, &second, Ok(()));
    transition(&task, "evaluating_results", "complete", || ());
    let root = "task.orchestration order_fulfillment\n";
    let execution = "  step.execution charge_payment attempt=1\n    handler.execution ERROR alloc::string::String\n";
    let alone = "  handler.execution charge_payment attempt=1 ERROR alloc::string::String\n";
    let transition = "  task.state_transition evaluating_results → complete\n";
    assert_eq!(
        capture.spans().to_tree_text(),
        [root, execution, alone, transition].concat()
    );
    capture.assert_complete();
}

#[test]
fn an_error_that_knows_nothing_but_its_step_finds_its_task() {
    #[step_span("handler.execution", step_uuid = step_uuid, inherit)]
    fn handle_step(step_uuid: Uuid) -> Result<(), String> {
        Err("on its own".to_owned())
    }
    let capture = no_steps();
    let (task, step) = (Task::default(), Task::default().step());
    transition(&task, "pending", "initializing", || ());
    execute(&task, &step, || ());
    handle_step(step.workflow_step_uuid).unwrap_err();
    let handler = capture.spans().named("handler.execution").one();
    assert_eq!(handler.trace_id(), identity::trace_id(task.task_uuid));
    assert_eq!(handler.parent_span_id(), Some(identity::root_span_id(task.task_uuid)));
    assert_eq!(handler.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(handler.text("namespace"), Some("payments"));
}

#[test]
fn a_dropped_driver_is_exported_for_an_error_that_has_lost_its_scope() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    let task = Task::default();
    drive(&task, || {
        lost(&capture, &task, &task.step(), Err("lost".to_owned()));
        transition(&task, "evaluating_results", "complete", || ());
    });
    assert_eq!(capture.spans().names(), ["task.orchestration", "handler.execution"]);
    capture.assert_complete();
}

#[test]
fn a_driver_that_has_only_logged_leaves_the_root_to_the_next() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    let task = Task::default();
    // As a line that is logged there does, this asks for the ids.
    let logged = drive(&task, TraceContext::current).traceparent().unwrap();
    assert!(logged.contains(&identity::root_span_id(task.task_uuid).to_string()));
    drive(&task, || {
        execute(&task, &task.step(), || drop(handle(|| Err("card declined"))));
        transition(&task, "evaluating_results", "complete", || ());
    });
    let root = capture.spans().named("task.orchestration").one().clone();
    assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
    capture.assert_complete();
}

#[test]
fn an_execution_that_has_only_logged_leaves_its_id_to_the_next_delivery() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || drop(TraceContext::current()));
    execute(&task, &step, || drop(handle(|| Err("card declined"))));
    assert_eq!(
        error(&capture.spans(), "step.execution").span_id(),
        identity::execution_span_id(step.workflow_step_uuid, 1)
    );
}

#[task_span("task.state_transition", from = "evaluating_results", to = "error", failed = |said| said.parse::<bool>().unwrap())]
fn fail_unjudged(task: &Task) -> String {
    "neither".to_owned()
}

#[test]
fn a_dropped_transition_that_cannot_be_judged_ends_no_task() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    assert_eq!(fail_unjudged(&Task::default()), "neither");
    assert!(capture.spans().is_empty());
}

#[test]
fn what_knows_no_attempt_follows_the_latest() {
    #[step_span("handler.execution", step_uuid = step_uuid, inherit)]
    fn handle_step(step_uuid: Uuid) {}

    let capture = no_steps();
    let task = Task::default();
    let mut step = task.step();
    execute(&task, &step, || ());
    handle_step(step.workflow_step_uuid);
    assert!(capture.spans().is_empty());
    capture.set_sampling(&Sampling::new());
    step.attempts = 2;
    execute(&task, &step, || ());
    handle_step(step.workflow_step_uuid);
    assert_eq!(capture.spans().names(), ["step.execution", "handler.execution"]);
}

#[test]
fn rates_that_change_leave_no_tree_torn() {
    let (none, all) = (Sampling::new().task_rate(0.0), Sampling::new());
    let capture = Capture::start();
    let task = Task::default();
    transition(&task, "pending", "initializing", || ());
    capture.set_sampling(&none);
    transition(&task, "evaluating_results", "complete", || ());
    assert_eq!(capture.spans().names(), ["task.orchestration", "task.state_transition"]);
    assert_eq!(
        capture
            .spans()
            .named("task.orchestration")
            .one()
            .text("tasker.sampled_by"),
        None
    );
    capture.assert_complete();
    capture.clear();
    let task = Task::default();
    drive(&task, || {
        capture.set_sampling(&all);
        let step = task.step();
        execute(&task, &step, || lost(&capture, &task, &step, Ok(())));
    });
    assert!(capture.spans().is_empty());
}

#[test]
fn the_root_of_a_dropped_task_says_why_it_is_there() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    let task = Task::default();
    transition(&task, "blocked_by_failures", "error", || ());
    assert_eq!(capture.spans().one().text("tasker.sampled_by"), Some("error"));
}

#[test]
fn work_that_was_carried_away_stands_under_its_own_scope() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let mut work = None;
    execute(&task, &first, || {
        work = Some(in_current_scope(|| drop(handle(|| Err("carried")))));
    });
    execute(&task, &second, || {
        let handled = handle(|| {
            work.unwrap()();
            Ok(())
        });
        handled.unwrap();
    });
    let spans = capture.spans();
    assert_eq!(
        spans.named("handler.execution").one().uuid("step_uuid"),
        Some(first.workflow_step_uuid)
    );
    assert_eq!(
        spans.named("step.execution").one().uuid("step_uuid"),
        Some(first.workflow_step_uuid)
    );
}

#[derive(SpanFields)]
struct Attempt {
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
    #[span(nested(correlation_id, namespace))]
    task: Task,
}

#[test]
fn a_lost_attempt_is_sampled_as_its_step_and_kept_as_an_error() {
    let task = Task::default();
    let lose = |sampling: Sampling| {
        let capture = Capture::builder().sampling(sampling).start();
        let attempt = Attempt {
            step: task.step(),
            task: task.clone(),
        };
        record_lost_attempt(&attempt, task.created_at);
        let spans = capture.spans();
        spans
            .iter()
            .map(|span| span.text("tasker.sampled_by").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(lose(Sampling::new()), [None]);
    assert_eq!(lose(Sampling::new().step_rate(0.0)), [Some("error".to_owned())]);
    assert!(lose(Sampling::new().step_rate(0.0).discard_errors()).is_empty());
}

#[test]
fn an_attempt_that_was_executed_here_and_dropped_is_not_lost() {
    let capture = no_steps();
    let task = Task::default();
    let mut step = task.step();
    execute(&task, &step, || ());
    let lose = |step: &Step| {
        let attempt = Attempt {
            step: step.clone(),
            task: task.clone(),
        };
        record_lost_attempt(&attempt, task.created_at);
    };
    lose(&step);
    assert!(capture.spans().is_empty());
    step.attempts = 2;
    lose(&step);
    assert_eq!(
        error(&capture.spans(), "step.execution").integer("attempt_number"),
        Some(2)
    );
}
