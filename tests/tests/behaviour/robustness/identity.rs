//! Races, repetitions and odd numbers around derived ids and the root.

use std::collections::HashSet;
use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::identity::SpanId;
use tasker_span_tests::prelude::*;

/// Runs `work` on eight threads at once, for each of a hundred tasks; one span alone gets the id.
fn assert_one_has_the_id(work: impl Fn(&Task, &Step) + Sync, id: impl Fn(&Task, &Step) -> SpanId) {
    const THREADS: usize = 8;
    let capture = Capture::start();
    let tasks = [(); 100].map(|()| Task::default());
    let steps = tasks.each_ref().map(Task::step);
    let start = Barrier::new(THREADS);
    std::thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                for (task, step) in tasks.iter().zip(&steps) {
                    start.wait();
                    capture.run(|| work(task, step));
                }
            });
        }
    });
    let spans = capture.spans();
    for (task, step) in tasks.iter().zip(&steps) {
        let id = id(task, step);
        assert_eq!(spans.iter().filter(|span| span.span_id() == id).count(), 1);
    }
}

fn roots(capture: &Capture, task: &Task) -> usize {
    let root = task.root_id();
    capture.spans().iter().filter(|span| span.span_id() == root).count()
}

#[test]
fn racing_terminal_transitions_emit_one_root() {
    assert_one_has_the_id(|task, _| complete(task), |task, _| task.root_id());
}

#[test]
fn racing_drivers_emit_one_root() {
    assert_one_has_the_id(|task, _| orchestrate(task, || ()), |task, _| task.root_id());
}

#[test]
fn racing_deliveries_of_one_attempt_share_no_id() {
    assert_one_has_the_id(|task, step| execute(task, step, || ()), |_, step| step.execution_id());
}

#[test]
fn a_late_delivery_of_an_earlier_attempt_has_an_id_of_its_own() {
    let capture = Capture::start();
    let task = Task::default();
    let first = task.step();
    let second = first.attempt(2);
    for step in [&first, &second, &first] {
        execute(&task, step, || ());
    }
    let ids: HashSet<_> = capture.spans().iter().map(CapturedSpan::span_id).collect();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_start_in_the_future_is_now() {
    let capture = Capture::start();
    let created_at = SystemTime::now() + Duration::from_hours(24);
    complete(&Task {
        created_at,
        ..Task::default()
    });
    let root = capture.spans().named("task.orchestration").one();
    assert!(root.start() <= root.end());
}

#[test]
fn an_attempt_that_cannot_be_one_has_a_random_id() {
    #[step_span("step.execution", task = task, step_uuid = step, handler_name = "h", attempt_number = attempt)]
    fn attempt(task: &Task, step: Uuid, attempt: Option<i64>) {
        submit(step);
    }
    #[step_span("result.submission", step_uuid = step, inherit(correlation_id, task_uuid, namespace))]
    fn submit(step: Uuid) {}
    let capture = Capture::start();
    let others = [
        0,
        -1,
        1_000_001,
        i64::from(u32::MAX),
        i64::from(u32::MAX) + 1,
        i64::MIN,
        i64::MAX,
    ];
    for number in others.map(Some).into_iter().chain([None]) {
        let before = stats();
        capture.clear();
        let (task, step) = (Task::default(), Uuid::now_v7());
        attempt(&task, step, number);
        let execution = capture.spans().named("step.execution").one();
        assert_eq!(execution.integer("attempt_number"), number);
        assert_eq!(execution.parent_span_id(), Some(task.root_id()));
        assert_eq!(stats().since(&before).attempts_out_of_range >= 1, number.is_some());
        let violation =
            number.map(|number| format!("step.execution has the attempt_number {number}: expected 1 to 1000000"));
        assert_eq!(execution.text("tasker.violation"), violation.as_deref());
        let derived = [0, u32::MAX].map(|attempt| identity::execution_span_id(step, attempt));
        assert!(!derived.contains(&execution.span_id()), "{number:?}");
        // On a thread without an active span, the identity cache knows the span, whatever id it
        // has.
        std::thread::scope(|threads| threads.spawn(|| capture.run(|| submit(step))).join().unwrap());
        let submissions = capture.spans().named("result.submission");
        assert_eq!(submissions.len(), 2);
        assert!(submissions.iter().all(|span| span.trace_id() == execution.trace_id()));
        assert!(
            submissions
                .iter()
                .all(|span| span.parent_span_id() == Some(execution.span_id()))
        );
    }
}

#[test]
fn a_nil_uuid_names_no_task_early_or_late() {
    #[task_span(
        "task.creation",
        within = "task.orchestration",
        late(task_uuid, correlation_id, namespace)
    )]
    fn create(record: impl FnOnce()) {
        record();
        span_record!(correlation_id = Uuid::new_v4(), namespace = "n");
    }
    #[task_span("task.creation", within = "task.orchestration", correlation_id = Uuid::new_v4(), namespace = "n", late(task_uuid = |id| *id))]
    fn create_and_return(id: Uuid) -> Result<Uuid, String> {
        Ok(id)
    }
    let records: [fn(); 3] = [
        || create(|| span_record!(task_uuid = Uuid::nil())),
        || {
            create(|| {
                tracing::Span::current().record("task_uuid", tracing::field::display(Uuid::nil()));
            });
        },
        || drop(create_and_return(Uuid::nil())),
    ];
    for (how, record) in records.into_iter().enumerate() {
        let capture = Capture::start();
        let before = stats().nil_uuids;
        record();
        let span = capture.spans().one();
        assert!(span.links().is_empty(), "{how}: no task's root to link to");
        assert!(
            span.text("tasker.violation").unwrap().contains("late task_uuid"),
            "{how}"
        );
        assert!(stats().nil_uuids > before, "{how}");
    }
    let capture = Capture::start();
    complete(&Task {
        task_uuid: Uuid::nil(),
        ..Task::default()
    });
    assert_eq!(capture.spans().len(), 1, "no root of no task");
}

#[test]
fn another_task_s_ids_are_not_inherited_from_a_span_that_does_not_know_its_task_yet() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = Uuid::new_v4(), namespace = "creating", late(task_uuid))]
    fn create(id: Uuid, work: impl FnOnce()) {
        work();
        span_record!(task_uuid = id);
    }
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
    fn audit(id: Uuid) {}
    let capture = Capture::start();
    let known = Task::default();
    begin(&known);
    create(Uuid::now_v7(), || audit(known.task_uuid));
    let span = capture.spans().named("task.audit").one();
    assert_eq!(span.uuid("correlation_id"), Some(known.correlation_id));
    assert_eq!(span.text("namespace"), Some("payments"));
}

#[test]
fn a_driver_that_creates_its_task_leaves_the_root_to_the_terminal_transition() {
    #[task_span("task.orchestration", late(task_uuid, correlation_id, namespace))]
    fn create_and_run(known: &Task) {
        span_record!(subject = known);
        complete(known);
    }
    let capture = Capture::start();
    let task = Task::default();
    create_and_run(&task);
    assert_eq!(roots(&capture, &task), 1);
    let drivers = capture.spans().named("task.orchestration");
    let emitted = drivers.with("tasker.final_state", "complete").one();
    assert_eq!(emitted.trace_id(), task.trace_id());
}

#[test]
fn recording_changes_nothing_if_nothing_is_late() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn finalize(id: Uuid, task: &Task) {
        // The active span is another task's, on this thread and on another one.
        initialize(&Task::default(), || span_record!(subject = task));
        std::thread::scope(|threads| threads.spawn(|| span_record!(subject = task)).join().unwrap());
        span_record!(subject = task);
        span_record!(subject = task);
    }
    let capture = Capture::strict();
    let task = Task::default();
    span_record!(subject = task);
    finalize(task.task_uuid, &task);
    let spans = capture.spans();
    let finalization = spans.named("task.finalization").one();
    assert_eq!(finalization.uuid("correlation_id"), Some(task.correlation_id));
    spans.assert_valid();
}

#[test]
fn an_attribute_s_expression_may_call_annotated_functions() {
    #[task_span("task.audit", within = "task.orchestration")]
    fn id_of(task: &Task) -> Result<Uuid, String> {
        Ok(task.correlation_id)
    }
    #[task_span("task.audit", within = "task.orchestration", task = task, correlation_id = id_of(other).ok())]
    fn audit(task: &Task, other: &Task) {}

    let capture = Capture::strict();
    let (task, other) = (Task::default(), Task::default());
    audit(&task, &other);
    let spans = capture.spans();
    let outer = spans.of_task(task.task_uuid).one();
    assert_eq!(outer.uuid("correlation_id"), Some(other.correlation_id));
    assert_eq!(outer.parent_span_id(), Some(task.root_id()));
    assert_eq!(spans.of_task(other.task_uuid).len(), 1);
}
