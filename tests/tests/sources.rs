//! Where a required attribute's value comes from at run time.

use std::sync::Arc;

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{FutureExt, SpanFields, Uuid, in_current_scope, span_record, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
fn discover(task_uuid: Uuid) {}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span(
    "handler.execution",
    inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace)
)]
fn handle() {}

#[test]
fn inherit_takes_the_enclosing_scope_s_values() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    transition(&task, "initializing", "enqueuing_steps", || discover(task.task_uuid));
    execute(&task, &step, handle);
    let discovery = capture.spans().named("step.discovery").one();
    assert_eq!(discovery.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(discovery.text("namespace"), Some("payments"));
    let handler = capture.spans().named("handler.execution").one();
    assert_eq!(handler.uuid("step_uuid"), Some(step.workflow_step_uuid));
    assert_eq!(handler.text("handler_name"), Some("charge_payment"));
    capture.spans().assert_valid();
}

#[test]
fn inherit_alone_takes_what_no_subject_says_of_itself() {
    #[step_span("handler.execution", inherit)]
    fn of_the_scope() {}
    #[step_span("handler.execution", inherit)]
    fn of_a_step(step: &Step) {}
    #[step_span("result.submission", namespace = "elsewhere", inherit)]
    fn of_a_task(task: &Task) {}

    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || {
        of_the_scope();
        of_a_step(&step);
        of_a_task(&task);
    });
    let spans = capture.spans();
    assert_eq!(
        spans
            .with("step_uuid", step.workflow_step_uuid)
            .with("correlation_id", task.correlation_id)
            .len(),
        4
    );
    assert_eq!(
        spans.named("result.submission").one().text("namespace"),
        Some("elsewhere")
    );
    spans.assert_valid();
}

#[step_span("result.submission", step_uuid = step, inherit(correlation_id, task_uuid, namespace))]
fn submit(step: Uuid) {}

#[test]
fn inherit_remembers_what_a_spawn_has_lost() {
    let capture = Capture::start();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || ());
    std::thread::scope(|threads| {
        threads.spawn(|| capture.run(|| submit(step.workflow_step_uuid)));
    });
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.uuid("task_uuid"), Some(task.task_uuid));
    assert_eq!(submission.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(
        submission.parent_span_id(),
        Some(capture.spans().named("step.execution").one().span_id())
    );
    capture.spans().assert_valid();
}

#[test]
fn an_inherit_that_found_nothing_is_a_violation() {
    let capture = Capture::start();
    transition(&Task::default(), "initializing", "enqueuing_steps", || {
        discover(Uuid::now_v7());
    });
    let span = capture.spans().named("step.discovery").one();
    let violation = span.text("tasker.violation").unwrap();
    assert!(
        violation.contains("no correlation_id") && violation.contains("no namespace"),
        "{violation}"
    );
}

#[test]
fn arguments_win_over_the_scope_where_they_disagree_on_the_task() {
    let capture = Capture::start();
    let (outer, inner) = (
        Task::default(),
        Task {
            namespace_name: "inventory".to_owned(),
            ..Task::default()
        },
    );
    transition(&inner, "pending", "initializing", || ());
    transition(&outer, "initializing", "enqueuing_steps", || discover(inner.task_uuid));
    let span = capture.spans().named("step.discovery").one();
    assert_eq!(span.uuid("correlation_id"), Some(inner.correlation_id));
    assert_eq!(span.text("namespace"), Some("inventory"));
}

#[test]
fn a_source_that_is_none_falls_back_to_the_scope() {
    #[task_span("step.discovery", correlation_id = correlation_id, inherit(task_uuid, namespace))]
    fn discover_with(correlation_id: Option<Uuid>) {}
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "initializing", "enqueuing_steps", || discover_with(None));
    let span = capture.spans().named("step.discovery").one();
    assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
}

#[test]
fn a_late_text_that_is_empty_has_not_come() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace))]
    fn finalize(id: Uuid) {
        span_record!(namespace = "");
    }
    let capture = Capture::start();
    finalize(Uuid::now_v7());
    let span = capture.spans().one();
    assert_eq!(span.attribute("namespace"), None);
    assert!(
        span.text("tasker.violation")
            .is_some_and(|text| text.contains("late namespace"))
    );
}

#[test]
fn an_empty_text_is_no_source() {
    #[task_span("step.discovery", namespace = "", inherit)]
    fn discover_nowhere() {}
    let capture = Capture::strict();
    transition(&Task::default(), "initializing", "enqueuing_steps", discover_nowhere);
    assert_eq!(
        capture.spans().named("step.discovery").one().text("namespace"),
        Some("payments")
    );
}

#[test]
fn late_attributes_come_by_span_record_by_record_and_from_the_result() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    async fn by_span_record(id: Uuid, task: Task) {
        std::future::ready(()).await;
        span_record!(task);
    }
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn by_name(id: Uuid, task: &Task) {
        span_record!(correlation_id = task.correlation_id, namespace = &task.namespace_name);
    }
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn by_record(id: Uuid, task: &Task) {
        tracing::Span::current().record("correlation_id", tracing::field::display(task.correlation_id));
        tracing::Span::current().record("namespace", &task.namespace_name);
    }
    #[task_span(
        "task.finalization",
        within = "task.orchestration",
        task_uuid = id,
        late(correlation_id = |task| task.correlation_id, namespace = |task| &task.namespace_name),
    )]
    async fn by_result(id: Uuid, task: Task) -> Result<Task, String> {
        Ok(task)
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for way in 0..4 {
        let capture = Capture::strict();
        let task = Task::default();
        match way {
            0 => runtime.block_on(by_span_record(task.task_uuid, task.clone())),
            1 => by_name(task.task_uuid, &task),
            2 => by_record(task.task_uuid, &task),
            _ => drop(runtime.block_on(by_result(task.task_uuid, task.clone())).unwrap()),
        }
        let span = capture.spans().one();
        assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id), "way {way}");
        assert_eq!(span.text("namespace"), Some("payments"), "way {way}");
        capture.spans().assert_valid();
    }
}

#[test]
fn a_late_attribute_is_inherited_by_what_comes_after_it() {
    #[task_span(
        "task.state_transition",
        task_uuid = id,
        from = "initializing",
        to = "enqueuing_steps",
        late(correlation_id, namespace),
    )]
    fn load(id: Uuid, task: &Task) {
        span_record!(task);
        discover(id);
    }
    let capture = Capture::strict();
    let task = Task::default();
    load(task.task_uuid, &task);
    assert_eq!(
        capture.spans().named("step.discovery").one().uuid("correlation_id"),
        Some(task.correlation_id)
    );
}

#[test]
fn a_late_attribute_never_recorded_is_a_violation_of_a_success_only() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn forget(id: Uuid, result: Result<(), String>) -> Result<(), String> {
        result
    }
    let capture = Capture::start();
    forget(Uuid::now_v7(), Ok(())).unwrap();
    let violation = capture.spans().one().text("tasker.violation").unwrap().to_owned();
    assert!(
        violation.contains("late correlation_id") && violation.contains("late namespace"),
        "{violation}"
    );
    capture.clear();
    forget(Uuid::now_v7(), Err("not found".to_owned())).unwrap_err();
    assert_eq!(capture.spans().one().text("tasker.violation"), None);
}

#[test]
fn a_nil_uuid_is_a_violation() {
    let capture = Capture::start();
    transition(
        &Task {
            correlation_id: Uuid::nil(),
            ..Task::default()
        },
        "pending",
        "initializing",
        || (),
    );
    let span = capture.spans().one();
    assert!(span.text("tasker.violation").unwrap().contains("nil UUID"));
    assert_eq!(span.attribute("correlation_id"), None);
}

#[test]
fn an_explicit_value_wins_over_the_subject_and_no_key_is_doubled() {
    #[task_span("task.audit", within = "task.orchestration", namespace = "audit")]
    fn audit(task: &Task) {}
    let capture = Capture::strict();
    audit(&Task::default());
    let span = capture.spans().one();
    let namespaces = span
        .attributes()
        .iter()
        .filter(|(key, _)| key == "namespace")
        .collect::<Vec<_>>();
    assert_eq!(namespaces, [&("namespace".to_owned(), "audit".into())]);
}

#[test]
fn sources_as_real_code_has_them() {
    struct Context {
        id: Uuid,
    }
    impl Context {
        fn next_id(&mut self) -> &Uuid {
            &self.id
        }
    }
    #[derive(SpanFields)]
    struct Envelope {
        #[span(nested(task_uuid, correlation_id))]
        task: Arc<Task>,
        #[span(namespace)]
        queue: Option<String>,
    }
    struct Machine {
        task: Task,
    }
    impl Machine {
        #[task_span("task.audit", within = "task.orchestration", task = self.task)]
        fn of_self(&mut self) {
            self.task.priority = 0;
        }
    }
    #[task_span("task.audit", within = "task.orchestration", correlation_id = context.next_id(), task_uuid = id, namespace = name)]
    fn of_a_mutable_argument(context: &mut Context, id: &Uuid, name: Option<&str>) {
        context.id = Uuid::nil();
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
    Machine { task: task.clone() }.of_self();
    of_a_mutable_argument(
        &mut Context {
            id: task.correlation_id,
        },
        &task.task_uuid,
        Some("payments"),
    );
    moved(Envelope {
        task: Arc::new(task.clone()),
        queue: Some("payments".to_owned()),
    });
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(first_of(vec![Some(task.clone())]));
    assert_eq!(
        capture
            .spans()
            .with("correlation_id", task.correlation_id)
            .with("task_uuid", task.task_uuid)
            .len(),
        4
    );
    capture.spans().assert_valid();
}

#[test]
fn a_spawned_future_and_a_thread_carry_the_scope() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    execute(&task, &step, || {
        runtime.block_on(async { tokio::spawn(async { handle() }.in_current_scope()).await.unwrap() });
        let work = in_current_scope(handle);
        std::thread::scope(|threads| threads.spawn(|| capture.run(work)).join().unwrap());
    });
    let execution = capture.spans().named("step.execution").one();
    let handlers = capture.spans().named("handler.execution");
    assert_eq!(handlers.len(), 2);
    assert!(
        handlers
            .iter()
            .all(|handler| handler.parent_span_id() == Some(execution.span_id()))
    );
}
