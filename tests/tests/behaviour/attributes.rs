//! Where the value of a required attribute comes from at run time.

mod found_later;
mod handler_name;
mod late;
mod step_name;

use std::sync::Arc;

use tasker_span_tests::prelude::*;

#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
fn discover_in(task_uuid: Uuid) {}

#[step_span("result.submission", step_uuid = step, inherit(correlation_id, task_uuid, namespace))]
fn submit_for(step: Uuid) {}

fn discovery(capture: &Capture) -> CapturedSpan {
    capture.spans().named("step.discovery").one()
}

#[test]
fn inherit_takes_the_values_of_the_enclosing_span() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    initialize(&task, || discover_in(task.task_uuid));
    execute(&task, &step, || handle(|| ()));
    let discovery = discovery(&capture);
    assert_eq!(discovery.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(discovery.text("namespace"), Some("payments"));
    let handler = capture.spans().named("handler.execution").one();
    assert_eq!(handler.uuid("step_uuid"), Some(step.workflow_step_uuid));
    assert_eq!(handler.text("handler_name"), Some("charge_payment"));
    capture.spans().assert_valid();
}

#[test]
fn inherit_alone_takes_what_no_subject_has() {
    #[step_span("handler.execution", inherit)]
    fn of_a_step(step: &Step) {}
    #[step_span("result.submission", namespace = "elsewhere", inherit)]
    fn of_a_task(task: &Task) {}

    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || {
        handle(|| ());
        of_a_step(&step);
        of_a_task(&task);
    });
    let spans = capture.spans();
    let of_step = spans.with("step_uuid", step.workflow_step_uuid);
    assert_eq!(of_step.with("correlation_id", task.correlation_id).len(), 4);
    assert_eq!(
        spans.named("result.submission").one().text("namespace"),
        Some("elsewhere")
    );
    spans.assert_valid();
}

#[derive(SpanFields)]
struct Partial {
    #[span(step_uuid)]
    id: Uuid,
    namespace: Option<String>,
}

#[test]
fn inherit_alone_leaves_a_subject_what_its_type_has() {
    #[step_span("handler.execution", inherit)]
    fn of_a_step(step: &Partial) {}
    #[step_span("result.submission", step_uuid = step.id, inherit)]
    fn of_a_step_by_its_id(step: &Partial) {}
    #[step_span("payment.retry", within = "step.execution", step_uuid = step, inherit)]
    fn of_an_id(step: Uuid) {}
    #[task_span("task.audit", within = "task.orchestration", inherit)]
    fn of_a_whole_task(task: &Task) {}
    #[step_span("payment.check", within = "step.execution", inherit)]
    fn of_both(task: &Task, step: &Partial) {}
    #[step_span("payment.log", within = "step.execution", inherit)]
    fn of_a_generic<T: SpanFields>(step: &T) {}

    // A subject that contradicts the enclosing span is a violation, and recorded.
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    let partial = |namespace: Option<&str>| Partial {
        id: step.workflow_step_uuid,
        namespace: namespace.map(str::to_owned),
    };
    task_scope!("task.orchestration", task = task).in_scope(|| {
        of_a_whole_task(&Task {
            namespace_name: "of the task".into(),
            ..task.clone()
        });
    });
    execute(&task, &step, || {
        of_a_step(&partial(Some("own")));
        of_a_step_by_its_id(&partial(Some("own")));
        of_an_id(step.workflow_step_uuid);
        of_both(&task, &partial(Some("own")));
        of_a_generic(&step);
        // A value that is absent is inherited.
        of_a_step(&partial(None));
    });
    let spans = capture.spans();
    let namespaces = |name| {
        let spans = spans.named(name);
        spans
            .iter()
            .map(|span| span.text("namespace").unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(namespaces("handler.execution"), ["own", "payments"]);
    assert_eq!(namespaces("result.submission"), ["own"]);
    assert_eq!(namespaces("payment.retry"), ["payments"]);
    assert_eq!(namespaces("task.audit"), ["of the task"]);
    assert_eq!(namespaces("payment.check"), ["payments"]);
    assert_eq!(namespaces("payment.log"), ["payments"]);
    assert_eq!(spans.with("correlation_id", task.correlation_id).len(), 9);
    assert_eq!(spans.with("step_uuid", step.workflow_step_uuid).len(), 7);
}

#[test]
fn inherit_looks_up_what_a_spawn_has_lost() {
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || ());
    std::thread::scope(|threads| {
        threads.spawn(|| capture.run(|| submit_for(step.workflow_step_uuid)));
    });
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.uuid("task_uuid"), Some(task.task_uuid));
    assert_eq!(submission.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(submission.parent_span_id(), Some(step.execution_id()));
    capture.spans().assert_valid();
}

#[test]
fn an_attribute_that_inherit_did_not_find_and_a_nil_uuid_are_violations() {
    let capture = Capture::start();
    initialize(&Task::default(), || discover_in(Uuid::now_v7()));
    let violation = discovery(&capture).text("tasker.violation").unwrap().to_owned();
    for missing in ["no correlation_id", "no namespace"] {
        assert!(violation.contains(missing), "{violation}");
    }
    capture.clear();
    begin(&Task {
        correlation_id: Uuid::nil(),
        ..Task::default()
    });
    let span = capture.spans().one();
    assert!(span.text("tasker.violation").unwrap().contains("nil UUID"));
    assert_eq!(span.attribute("correlation_id"), None);
}

#[test]
fn arguments_win_over_the_enclosing_span_if_they_disagree_on_the_task() {
    let capture = Capture::start();
    let (outer, inner) = (Task::default(), Task::of("inventory"));
    begin(&inner);
    initialize(&outer, || discover_in(inner.task_uuid));
    let span = discovery(&capture);
    assert_eq!(span.uuid("correlation_id"), Some(inner.correlation_id));
    assert_eq!(span.text("namespace"), Some("inventory"));
}

#[test]
fn a_source_without_a_value_falls_back_to_the_enclosing_span() {
    #[task_span("step.discovery", correlation_id = correlation_id, namespace = "", inherit)]
    fn discover_with(correlation_id: Option<Uuid>) {}

    let capture = Capture::strict();
    let task = Task::default();
    initialize(&task, || discover_with(None));
    let span = discovery(&capture);
    assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(span.text("namespace"), Some("payments"));
}

#[test]
fn an_explicit_value_wins_over_the_subject_and_no_key_is_doubled() {
    #[task_span("task.audit", within = "task.orchestration", namespace = "audit")]
    fn audit(task: &Task) {}

    let capture = Capture::strict();
    audit(&Task::default());
    let span = capture.spans().one();
    let namespaces = span.attributes().iter().filter(|(key, _)| key == "namespace");
    assert_eq!(
        namespaces.collect::<Vec<_>>(),
        [&("namespace".to_owned(), "audit".into())]
    );
}

#[test]
fn sources_as_real_code_has_them() {
    struct Context(Uuid);
    impl Context {
        fn next_id(&mut self) -> &Uuid {
            &self.0
        }
    }
    #[derive(SpanFields)]
    struct Envelope {
        #[span(nested(task_uuid, correlation_id))]
        task: Arc<Task>,
        #[span(namespace)]
        queue: Option<String>,
    }
    struct Machine(Task);
    impl Machine {
        #[task_span("task.audit", within = "task.orchestration", task = self.0)]
        fn of_self(&mut self) {
            self.0.priority = 0;
        }
    }
    #[task_span(
        "task.audit",
        within = "task.orchestration",
        correlation_id = context.next_id(),
        task_uuid = id,
        namespace = name
    )]
    fn of_a_mutable_argument(context: &mut Context, id: &Uuid, name: Option<&str>) {
        context.0 = Uuid::nil();
    }
    #[task_span("task.audit", within = "task.orchestration", task = envelope)]
    fn moved(envelope: Envelope) {
        drop(envelope);
    }
    #[task_span("task.audit", within = "task.orchestration", task = &batch[0])]
    async fn first_of(batch: Vec<Option<Task>>) {
        drop(batch);
    }

    let capture = Capture::strict();
    let task = Task::default();
    Machine(task.clone()).of_self();
    of_a_mutable_argument(&mut Context(task.correlation_id), &task.task_uuid, Some("payments"));
    moved(Envelope {
        task: Arc::new(task.clone()),
        queue: Some("payments".to_owned()),
    });
    finish(first_of(vec![Some(task.clone())]));
    let spans = capture.spans();
    let audits = spans
        .with("correlation_id", task.correlation_id)
        .with("task_uuid", task.task_uuid);
    assert_eq!(audits.len(), 4);
    spans.assert_valid();
}

#[tokio::test]
async fn a_spawned_future_and_a_thread_carry_the_active_span() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let (spawned, work) = execute(&task, &step, || {
        (
            tokio::spawn(async { handle(|| ()) }.in_current_scope()),
            in_current_scope(|| handle(|| ())),
        )
    });
    spawned.await.unwrap();
    std::thread::scope(|threads| threads.spawn(|| capture.run(work)).join().unwrap());
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert_eq!(spans.children_of(&execution).names(), ["handler.execution"; 2]);
}

#[test]
fn code_attributes_name_the_function() {
    let capture = Capture::strict();
    let task = Task::default();
    begin(&task);
    task_scope!("task.archival", within = "task.orchestration", task = task).in_scope(|| ());
    let spans = capture.spans();
    let function = spans.named("task.state_transition").one();
    assert_eq!(
        function.text("code.function.name"),
        Some("tasker_span_tests::calls::transition")
    );
    assert!(
        function
            .text("code.file.path")
            .is_some_and(|path| path.ends_with("calls.rs"))
    );
    assert!(function.integer("code.line.number").is_some_and(|line| line > 1));
    assert_eq!(
        spans.named("task.archival").one().text("code.function.name"),
        Some("behaviour::attributes::code_attributes_name_the_function")
    );
}
