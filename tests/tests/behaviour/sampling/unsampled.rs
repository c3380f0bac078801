//! Spans that are not sampled: a success exports nothing, an error exports itself and its ancestors.

use tasker_span_tests::prelude::*;

/// The execution, and the handler inside it.
fn execution_and_handler(capture: &Capture) -> (CapturedSpan, CapturedSpan) {
    let spans = capture.spans();
    let [execution, handler] = ["step.execution", "handler.execution"].map(|name| spans.named(name).one());
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
    (execution, handler)
}

#[test]
fn a_step_that_succeeds_exports_nothing() {
    let capture = no_steps();
    let task = Task::default();
    orchestrate(&task, || {
        execute(&task, &task.step(), || {
            handle(|| tracing::info_span!("helper").in_scope(|| tracing::info!("in the helper")));
            tracing::info!("in the step");
            submit(|| ());
        });
    });
    assert!(capture.spans().one().events().is_empty(), "the driver has no event");
}

#[test]
fn an_error_is_exported_with_the_spans_that_enclose_it() {
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    enqueue(&task, || ());
    // The execution ignores the error of its handler.
    execute(&task, &step, || {
        submit(|| ());
        fail();
    });
    complete(&task);
    capture.assert_complete();
    assert!(capture.spans().named("result.submission").is_empty());
    let (execution, handler) = execution_and_handler(&capture);
    assert_eq!((execution.is_error(), handler.is_error()), (false, true));
    assert_eq!(
        (execution.span_id(), execution.parent_span_id()),
        (step.execution_id(), Some(task.root_id()))
    );
    for span in [&execution, &handler] {
        assert_eq!(span.text("tasker.sampled_by"), Some("error"));
        assert_eq!(span.text("namespace"), Some("payments"));
        assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    }
    assert!(execution.start() <= handler.start() && handler.end() <= execution.end());
}

#[test]
fn a_panic_and_a_cancelled_future_are_exported() {
    #[step_span("handler.execution", inherit)]
    async fn wait() {
        std::future::pending().await
    }

    let capture = no_steps();
    let task = Task::default();
    let panics = || execute(&task, &task.step(), || handle(|| panic!("broken")));
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    let (execution, handler) = execution_and_handler(&capture);
    assert_eq!([execution.error_type(), handler.error_type()], [Some("panic"); 2]);

    capture.clear();
    cancel(execute_async(&task, &task.step(), wait()));
    let (execution, _) = execution_and_handler(&capture);
    assert_eq!(execution.attribute("tasker.cancelled"), Some(&true.into()));
}

#[test]
fn without_keep_errors_nothing_is_exported() {
    let capture = sampling::at(Sampling::new().step_rate(0.0).discard_errors());
    let task = Task::default();
    execute(&task, &task.step(), fail);
    assert!(capture.spans().is_empty());
}

#[test]
fn spawned_work_may_fail_after_the_end_of_its_span() {
    let capture = no_steps();
    let task = Task::default();
    let work = execute(&task, &task.step(), || in_current_scope(fail));
    assert!(capture.spans().is_empty());
    work();
    assert!(!execution_and_handler(&capture).0.is_error());
}

#[tokio::test]
async fn an_unsampled_span_goes_along_into_spawned_tasks() {
    let capture = no_steps();
    let task = Task::default();
    execute_async(&task, &task.step(), async {
        tokio::spawn(async { fail() }.in_current_scope()).await.unwrap();
    })
    .await;
    let (execution, handler) = execution_and_handler(&capture);
    assert_eq!(handler.uuid("step_uuid"), execution.uuid("step_uuid"));
}

#[test]
fn a_failure_on_another_thread_and_the_end_of_its_parent_never_miss_each_other() {
    let capture = no_steps();
    let task = Task::default();
    for _ in 0..500 {
        std::thread::scope(|threads| {
            execute(&task, &task.step(), || {
                let work = in_current_scope(fail);
                threads.spawn(|| capture.run(work));
            });
        });
    }
    let spans = capture.spans();
    let executions = spans.named("step.execution");
    assert_eq!(executions.len(), 500);
    for execution in &executions {
        assert_eq!(spans.children_of(execution).names(), ["handler.execution"]);
    }
}

#[test]
fn carried_work_has_its_own_execution_as_parent() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let work = execute(&task, &first, || in_current_scope(fail));
    execute(&task, &second, || handle(work));
    let (execution, handler) = execution_and_handler(&capture);
    for span in [execution, handler] {
        assert_eq!(span.uuid("step_uuid"), Some(first.workflow_step_uuid));
    }
}

#[test]
fn an_unsampled_task_exports_a_root_for_its_errors_and_says_why() {
    let capture = no_tasks();
    for fails in [false, true] {
        assert!(capture.spans().is_empty());
        let task = Task::default();
        begin(&task);
        execute(&task, &task.step(), || if fails { fail() } else { handle(|| ()) });
        complete(&task);
    }
    assert_eq!(
        capture.spans().to_tree_text(),
        "\
task.orchestration order_fulfillment
  step.execution charge_payment attempt=1
    handler.execution ERROR &str
"
    );
    capture.clear();
    transition(&Task::default(), "blocked_by_failures", "error", || ());
    let root = capture.spans().one();
    assert_eq!(
        (root.name(), root.text("tasker.sampled_by")),
        ("task.orchestration", Some("error"))
    );
}

#[test]
fn a_task_inside_an_unsampled_step_decides_for_itself() {
    let capture = no_steps();
    let (task, child) = (Task::default(), Task::default());
    execute(&task, &task.step(), || {
        orchestrate(&child, || execute(&child, &child.step(), || ()));
    });
    let root = capture.spans().one();
    assert_eq!(
        (root.name(), root.uuid("task_uuid")),
        ("task.orchestration", Some(child.task_uuid))
    );
}

#[test]
fn attributes_are_inherited_through_any_number_of_unsampled_spans() {
    #[step_span("handler.check", within = "handler.execution", inherit)]
    fn check(result: Result<(), &'static str>) -> Result<(), &'static str> {
        result
    }
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        handle(|| {
            check(Ok(())).unwrap();
            check(Err("checked")).unwrap_err();
        });
    });
    complete(&task);
    capture.assert_complete();
    let check = capture.spans().named("handler.check").one();
    let (execution, handler) = execution_and_handler(&capture);
    for name in ["correlation_id", "namespace", "task_uuid", "step_uuid"] {
        assert_eq!(check.attribute(name), execution.attribute(name), "{name}");
    }
    assert_eq!(handler.text("handler_name"), Some("charge_payment"));
}

#[test]
fn a_sampled_span_inherits_from_the_unsampled_ones_that_enclose_it() {
    #[task_span("task.audit", within = "task.orchestration", inherit)]
    fn audit() {}
    let instrumented = || tracing::info_span!("instrumented").in_scope(audit);

    let capture = no_steps();
    let task = Task::default();
    for outer in [None, Some(tracing::info_span!("loop"))] {
        let _outer = outer.as_ref().map(tracing::Span::enter);
        execute(&task, &task.step(), || handle(instrumented));
        let audit = capture.spans().named("task.audit").one();
        assert_eq!(audit.uuid("task_uuid"), Some(task.task_uuid));
        assert_eq!(audit.uuid("correlation_id"), Some(task.correlation_id));
        assert_eq!(audit.parent_span_id(), Some(task.root_id()));
        capture.clear();
    }
    orchestrate(&task, || execute(&task, &task.step(), instrumented));
    let spans = capture.spans();
    let root = spans.named("task.orchestration").one();
    assert_eq!(spans.named("task.audit").one().parent_span_id(), Some(root.span_id()));
}

#[task_span(
    "task.initialization",
    within = "task.orchestration",
    inherit(correlation_id, namespace),
    late(task_uuid = |text| text.parse::<Uuid>().unwrap()),
)]
fn create(id: Result<String, String>) -> Result<String, String> {
    id
}

#[test]
fn a_function_that_creates_no_task_is_sampled_like_its_caller() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || create(Err("no room".to_owned())).unwrap_err());
    let spans = capture.spans();
    let created = spans.named("task.initialization").one();
    assert!(created.is_error());
    assert_eq!(
        created.parent_span_id(),
        Some(spans.named("step.execution").one().span_id())
    );
    assert_eq!(created.trace_id(), task.trace_id());
}

#[test]
fn a_value_that_cannot_be_read_is_no_failure() {
    #[step_span("handler.execution", inherit, failed = |said| said.parse::<bool>().unwrap())]
    fn handle_unjudged() -> String {
        "neither".to_owned()
    }
    #[task_span(
        "task.state_transition",
        from = "evaluating_results",
        to = "error",
        failed = |said| said.parse::<bool>().unwrap()
    )]
    fn fail_unjudged(task: &Task) -> String {
        "neither".to_owned()
    }
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        assert_eq!(handle_unjudged(), "neither");
        create(Ok("no id".to_owned())).unwrap();
    });
    assert!(capture.spans().is_empty());
    let capture = no_tasks();
    assert_eq!(fail_unjudged(&task), "neither");
    assert!(capture.spans().is_empty(), "nor does it end the task");
}

#[test]
fn rates_that_change_leave_no_tree_torn() {
    let capture = Capture::start();
    let task = Task::default();
    begin(&task);
    capture.set_sampling(&Sampling::new().task_rate(0.0));
    complete(&task);
    let spans = capture.spans();
    assert_eq!(spans.names(), ["task.orchestration", "task.state_transition"]);
    assert_eq!(spans.named("task.orchestration").one().text("tasker.sampled_by"), None);
    capture.assert_complete();
    capture.clear();
    let task = Task::default();
    orchestrate(&task, || {
        capture.set_sampling(&Sampling::new());
        let step = task.step();
        execute(&task, &step, || {
            let lost = || capture.run(|| handle_step(&task, &step, || ()));
            std::thread::scope(|threads| threads.spawn(lost).join()).unwrap();
        });
    });
    assert!(capture.spans().is_empty());
}
