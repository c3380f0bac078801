//! Functions that create a task, and what runs before it exists.

mod functions;
mod nesting;
mod transitions;
mod unsampled;

use tasker_span_tests::prelude::*;

/// The row that an insert returns.
fn row() -> Task {
    Task::default()
}

#[task_span(
    "task.insertion",
    within = "task.orchestration",
    late(task_uuid, correlation_id, namespace)
)]
fn insert(row: &Task) {
    span_record!(subject = row);
}

#[task_span("request.validation", within = "task.orchestration", before_task)]
fn validate(is_valid: bool) -> Result<(), String> {
    if is_valid {
        Ok(())
    } else {
        Err("no template".to_owned())
    }
}

#[task_span("template.lookup", within = "task.orchestration", inherit)]
fn look_up() {}

#[task_span("task.indexing", within = "task.orchestration")]
fn index(task: &Task, work: impl FnOnce()) {
    work();
}

#[task_span("task.noting", within = "task.orchestration")]
fn note(task: &Task) {}

/// As an engine creates a task: an inner function inserts the row, which tells the id.
#[task_span("task.creation", within = "task.orchestration", late(task_uuid = |task| task.task_uuid, correlation_id = |task| task.correlation_id, namespace = |task| &task.namespace_name))]
fn create(is_valid: bool) -> Result<Task, String> {
    validate(is_valid)?;
    look_up();
    let task = row();
    insert(&task);
    index(&task, || note(&task));
    Ok(task)
}

/// Each span is a `tracing` span from its start, as under a registry without `SpanSubscriber`.
#[test]
fn a_span_that_is_visible_from_its_start_stays_with_its_caller() {
    let capture = Capture::builder().strict().visible().start();
    let _request = remote(0xaa, 0xbb).context().attach();
    let task = create(true).unwrap();
    let spans = capture.spans();
    let creation = spans.named("task.creation").one();
    assert_eq!(creation.trace_id().to_u128(), 0xaa);
    let link = &creation.links()[0];
    assert_eq!((link.trace_id(), link.span_id()), (task.trace_id(), task.root_id()));
}

fn tree(spans: &Spans) -> String {
    Outline::new(spans).links().to_string()
}

#[test]
fn what_creates_a_task_is_in_its_trace_and_links_to_the_caller() {
    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    let task = create(true).unwrap();
    let spans = capture.spans();
    assert_eq!(
        tree(&spans),
        "\
(task.orchestration: not captured)
  task.creation link=elsewhere
    request.validation
    template.lookup
    task.insertion order_fulfillment
    task.indexing order_fulfillment
      task.noting
"
    );
    for span in &spans {
        assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid), "{}", span.name());
        assert_eq!(
            span.uuid("correlation_id"),
            Some(task.correlation_id),
            "{}",
            span.name()
        );
        assert_eq!(span.text("namespace"), Some(&*task.namespace_name), "{}", span.name());
        assert_eq!(span.trace_id(), task.trace_id(), "{}", span.name());
    }
    let creation = spans.named("task.creation").one();
    let link = &creation.links()[0];
    assert_eq!((link.trace_id().to_u128(), link.span_id().to_u64()), (0xaa, 0xbb));
    spans.assert_valid();
}

#[test]
fn without_a_caller_there_is_no_link() {
    let capture = Capture::strict();
    create(true).unwrap();
    let spans = capture.spans();
    assert!(spans.iter().all(|span| span.links().is_empty()));
    assert_eq!(
        spans.named("task.creation").one().parent_span_id(),
        Some(identity::root_span_id(
            spans.iter().next().unwrap().uuid("task_uuid").unwrap()
        ))
    );
}

#[test]
fn what_fails_to_create_a_task_stays_with_its_caller() {
    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    create(false).unwrap_err();
    let spans = capture.spans();
    assert_eq!(
        tree(&spans),
        "\
(parent not captured)
  task.creation ERROR alloc::string::String
    request.validation ERROR alloc::string::String
"
    );
    assert!(spans.iter().all(|span| span.trace_id().to_u128() == 0xaa));
}

#[test]
fn what_was_promoted_before_its_task_was_known_stays_with_its_caller() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn create(task: &Task, is_early: bool) {
        let sent = || drop(TraceContext::current());
        if is_early {
            sent();
        }
        insert(task);
        span_record!(task_uuid = task.task_uuid);
        sent();
    }

    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    let task = row();
    create(&task, true);
    let span = capture.spans().named("task.creation").one();
    assert_eq!(span.trace_id().to_u128(), 0xaa);
    let link = &span.links()[0];
    assert_eq!((link.trace_id(), link.span_id()), (task.trace_id(), task.root_id()));
    let inserted = capture.spans().named("task.insertion").one();
    assert_eq!(
        (inserted.trace_id(), inserted.parent_span_id()),
        (task.trace_id(), Some(task.root_id()))
    );
    assert!(inserted.is_linked_to(&span));
    capture.clear();
    create(&task, false);
    assert_eq!(capture.spans().named("task.creation").one().trace_id(), task.trace_id());
}

#[test]
fn a_message_that_is_sent_once_the_task_is_known_has_its_trace() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn create(task: &Task) -> TraceContext {
        span_record!(task_uuid = task.task_uuid);
        TraceContext::current()
    }

    let capture = Capture::strict();
    let task = row();
    let sent = create(&task);
    let span = capture.spans().one();
    assert_eq!(
        sent.traceparent(),
        Some(format!("00-{}-{}-01", task.trace_id(), span.span_id()))
    );
}

#[test]
fn a_task_that_creates_another_is_linked_from_it() {
    let capture = Capture::strict();
    let parent = Task::default();
    let child = execute(&parent, &parent.step(), || create(true).unwrap());
    let spans = capture.spans();
    let (execution, creation) = (spans.named("step.execution").one(), spans.named("task.creation").one());
    assert_eq!(creation.trace_id(), child.trace_id());
    assert!(creation.is_linked_to(&execution));
    assert_eq!(spans.of_task(child.task_uuid).len(), 6);
}

#[test]
fn a_step_that_is_known_tells_its_task() {
    #[step_span("step.repair", within = "step.execution", step_uuid = id, inherit(correlation_id, namespace), late(task_uuid))]
    fn repair(id: Uuid) {}
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || ());
    repair(step.workflow_step_uuid);
    let span = capture.spans().named("step.repair").one();
    assert_eq!(
        (span.trace_id(), span.parent_span_id()),
        (task.trace_id(), Some(step.execution_id()))
    );
}

#[test]
fn spawned_work_that_ends_later_goes_along() {
    #[task_span("task.warming", within = "task.orchestration", before_task)]
    fn warm() {}
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn create(task: &Task) -> Box<dyn FnOnce()> {
        let spawned = in_current_scope(warm);
        insert(task);
        span_record!(task_uuid = task.task_uuid);
        Box::new(spawned)
    }

    let capture = Capture::strict();
    let task = row();
    create(&task)();
    let warmed = capture.spans().named("task.warming").one();
    assert_eq!(
        (warmed.trace_id(), warmed.uuid("task_uuid")),
        (task.trace_id(), Some(task.task_uuid))
    );
    assert_eq!(
        warmed.parent_span_id(),
        Some(capture.spans().named("task.creation").one().span_id())
    );
}

#[test]
fn before_any_task_a_span_is_in_its_caller_s_trace_and_lacks_nothing() {
    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    validate(true).unwrap();
    let span = capture.spans().one();
    assert_eq!(
        (
            span.trace_id().to_u128(),
            span.parent_span_id().map(identity::SpanId::to_u64)
        ),
        (0xaa, Some(0xbb))
    );
    capture.clear();
    let task = Task::default();
    orchestrate(&task, || validate(true).unwrap());
    let inside = capture.spans().named("request.validation").one();
    assert_eq!(
        inside.uuid("task_uuid"),
        Some(task.task_uuid),
        "of a task that exists, it is a span like others"
    );
    assert_eq!(inside.parent_span_id(), Some(task.root_id()));
}

#[test]
fn a_request_that_is_no_task_yet_may_be_the_subject() {
    #[derive(SpanFields)]
    struct Request {
        correlation_id: Uuid,
        namespace: &'static str,
    }
    #[task_span("request.check", within = "task.orchestration", task = request, before_task)]
    fn check(request: &Request) {}
    let capture = Capture::strict();
    let request = Request {
        correlation_id: Uuid::now_v7(),
        namespace: "payments",
    };
    check(&request);
    let span = capture.spans().one();
    assert_eq!(span.uuid("correlation_id"), Some(request.correlation_id));
    assert_eq!(span.text("namespace"), Some(request.namespace));
}

#[test]
fn many_spans_before_the_task_is_known_leave_all_with_the_caller() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn create(task: &Task) {
        for _ in 0..300 {
            validate(true).unwrap();
        }
        span_record!(task_uuid = task.task_uuid);
    }

    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    create(&row());
    let spans = capture.spans();
    assert_eq!(spans.len(), 301);
    let ids: Vec<_> = spans.iter().map(CapturedSpan::span_id).collect();
    assert!(spans.iter().all(|span| span.trace_id().to_u128() == 0xaa));
    let has_parent = |span: &&CapturedSpan| {
        span.parent_span_id()
            .is_some_and(|id| id.to_u64() == 0xbb || ids.contains(&id))
    };
    assert_eq!(spans.iter().filter(has_parent).count(), 301);
}

/// The task of `create`, out of many, that a rate of one half samples or not.
fn rated(capture: &Capture, is_sampled: bool, is_valid: bool) -> Spans {
    capture.set_sampling(&Sampling::new().task_rate(0.5));
    loop {
        let row = row();
        let decided = u128::from_str_radix(&row.trace_id().to_string()[18..], 16).unwrap() >= 1 << 55;
        if decided == is_sampled {
            drop(create_row(&row, is_valid));
            return capture.spans();
        }
    }
}

#[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
fn create_row(task: &Task, is_valid: bool) -> Result<(), String> {
    validate(true).unwrap();
    span_record!(task_uuid = task.task_uuid);
    validate(is_valid)
}

#[test]
fn the_task_decides_whether_its_creation_is_sampled() {
    for request in [None, Some(false)] {
        let capture = Capture::strict();
        let unsampled =
            TraceContext::from_headers(Some("00-000000000000000000000000000000aa-00000000000000bb-00"), None);
        let _request = request.map(|_| unsampled.context().attach());
        let sampled = rated(&capture, true, true);
        assert_eq!(
            sampled.names(),
            ["task.creation", "request.validation", "request.validation"]
        );
        capture.clear();
        assert_eq!(rated(&capture, false, true).len(), 0);
        let failed = rated(&capture, false, false);
        let link = if request.is_some() { " link=elsewhere" } else { "" };
        let expected = format!(
            "(task.orchestration: not captured)\n  task.creation{link} ERROR alloc::string::String\n    \
             request.validation ERROR alloc::string::String\n"
        );
        assert_eq!(tree(&failed), expected);
        assert!(
            failed
                .iter()
                .all(|span| span.text("tasker.sampled_by") == Some("error"))
        );
    }
}

#[test]
fn an_unsampled_task_leaves_its_creation_with_a_sampled_caller() {
    let capture = Capture::strict();
    let _request = remote(0xaa, 0xbb).context().attach();
    let spans = rated(&capture, false, true);
    assert_eq!(spans.names(), ["task.creation", "request.validation"]);
    assert!(spans.iter().all(|span| span.trace_id().to_u128() == 0xaa));
}
