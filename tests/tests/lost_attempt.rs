//! Attempts whose worker died before it could end them.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::testing::{SpanKind, Status};
use tasker_span_runtime::{SpanFields, Uuid, identity, record_lost_attempt, stats, step_span, task_span};
use tasker_span_tests::fixture;

#[allow(clippy::struct_field_names, reason = "the names are the attributes'")]
/// A step as its queue's message tells of it, with all that its execution requires.
#[derive(Clone, Debug, SpanFields)]
struct Step {
    task_uuid: Uuid,
    step_uuid: Uuid,
    correlation_id: Uuid,
    namespace: String,
    handler_name: String,
    attempt_number: i64,
}

impl Step {
    fn of(task: &fixture::Task) -> Self {
        Self {
            task_uuid: task.task_uuid,
            step_uuid: Uuid::now_v7(),
            correlation_id: task.correlation_id,
            namespace: task.namespace_name.clone(),
            handler_name: "charge_payment".to_owned(),
            attempt_number: 1,
        }
    }

    fn next(&self) -> Self {
        Self {
            attempt_number: self.attempt_number + 1,
            ..self.clone()
        }
    }

    fn execution(&self) -> identity::SpanId {
        identity::execution_span_id(self.step_uuid, u32::try_from(self.attempt_number).unwrap())
    }
}

#[step_span("step.execution", attempt_number = step.attempt_number)]
fn execute_with(step: &Step, work: impl FnOnce()) {
    work();
}

fn execute(step: &Step) {
    execute_with(step, || ());
}

#[step_span("result.submission", step_uuid = step_uuid, inherit)]
fn submit(step_uuid: Uuid) {}

#[task_span("task.state_transition", from = "evaluating_results", to = "complete")]
fn complete(task: &fixture::Task) {}

fn a_minute_ago() -> SystemTime {
    SystemTime::now() - Duration::from_mins(1)
}

#[test]
fn a_lost_attempt_is_an_execution_that_failed() {
    let capture = Capture::strict();
    let (step, claimed_at) = (Step::of(&fixture::Task::default()), a_minute_ago());
    let before = stats().lost_attempts;
    record_lost_attempt(&step, claimed_at);
    assert!(stats().lost_attempts > before);

    let span = capture.spans().one();
    assert_eq!(span.name(), "step.execution");
    assert_eq!(span.kind(), SpanKind::Consumer);
    assert_eq!(span.trace_id(), identity::trace_id(step.task_uuid));
    assert_eq!(span.span_id(), step.execution());
    assert_eq!(span.parent_span_id(), Some(identity::root_span_id(step.task_uuid)));
    assert_eq!(span.start(), claimed_at);
    assert!(span.duration() >= Duration::from_mins(1));
    assert_eq!(span.error_type(), Some("worker_lost"));
    let status = Status::error("the worker was lost before the attempt ended");
    assert_eq!(*span.status(), status);
    assert_eq!(span.uuid("correlation_id"), Some(step.correlation_id));
    assert_eq!(span.uuid("task_uuid"), Some(step.task_uuid));
    assert_eq!(span.uuid("step_uuid"), Some(step.step_uuid));
    assert_eq!(span.text("namespace"), Some("payments"));
    assert_eq!(span.text("handler_name"), Some("charge_payment"));
    assert_eq!(span.integer("attempt_number"), Some(1));
}

#[test]
fn a_killed_worker_s_task_is_one_complete_tree() {
    let task = fixture::Task::default();
    let step = Step::of(&task);
    // What the worker exported before it died: a span inside the attempt, and not the attempt.
    let worker = Capture::strict();
    worker.run(|| submit_of(&step));
    let orphan = worker.spans().one();
    assert_eq!(orphan.parent_span_id(), Some(step.execution()));
    drop(worker);

    let capture = Capture::strict();
    record_lost_attempt(&step, a_minute_ago());
    execute(&step.next());
    complete(&task);
    capture.assert_complete();
    let attempts = capture.spans().named("step.execution");
    let attempts = attempts.iter().map(|span| (span.span_id(), span.is_error()));
    assert_eq!(
        attempts.collect::<Vec<_>>(),
        [(step.execution(), true), (step.next().execution(), false)]
    );
}

#[step_span("result.submission")]
fn submit_of(step: &Step) {}

#[test]
fn an_attempt_is_recorded_once() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    record_lost_attempt(&step, a_minute_ago());
    record_lost_attempt(&step, a_minute_ago());
    assert_eq!(capture.spans().len(), 1);
}

#[test]
fn an_attempt_of_this_very_process_is_not_lost() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    execute(&step);
    record_lost_attempt(&step, a_minute_ago());
    assert!(!capture.spans().one().is_error());
}

#[test]
fn an_attempt_that_was_not_lost_after_all_has_an_id_of_its_own() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    record_lost_attempt(&step, a_minute_ago());
    execute(&step);
    capture.spans().assert_valid();
    let spans = capture.spans();
    assert_eq!(
        spans.iter().filter(|span| span.span_id() == step.execution()).count(),
        1
    );
}

#[test]
fn what_is_left_to_do_for_a_lost_attempt_stands_under_it() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    record_lost_attempt(&step, a_minute_ago());
    submit(step.step_uuid);
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(step.execution()));
    assert_eq!(submission.uuid("correlation_id"), Some(step.correlation_id));
}

#[test]
fn the_next_attempt_may_record_it() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    execute_with(&step.next(), || {
        record_lost_attempt(&step, a_minute_ago());
        let submitting = || capture.run(|| submit(step.step_uuid));
        std::thread::scope(|threads| threads.spawn(submitting).join()).unwrap();
    });
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(step.next().execution()));
    capture.spans().assert_valid();
}

#[test]
fn however_many_attempts_there_are_each_is_recorded_once() {
    let capture = Capture::strict();
    let step = Step {
        attempt_number: 70,
        ..Step::of(&fixture::Task::default())
    };
    record_lost_attempt(&step, a_minute_ago());
    execute(&step.next());
    record_lost_attempt(&step, a_minute_ago());
    record_lost_attempt(&step.next(), a_minute_ago());
    assert_eq!(capture.spans().len(), 2);
    capture.spans().assert_valid();
}

#[test]
fn a_start_in_the_future_lasts_no_time() {
    let capture = Capture::strict();
    let step = Step::of(&fixture::Task::default());
    record_lost_attempt(&step, SystemTime::now() + Duration::from_hours(1));
    let span = capture.spans().one();
    assert_eq!(span.duration(), Duration::ZERO);
    capture.spans().assert_valid();
}

#[test]
fn what_has_no_derived_id_is_not_recorded() {
    let capture = Capture::start();
    let step = Step::of(&fixture::Task::default());
    let unknown = [
        Step {
            task_uuid: Uuid::nil(),
            ..step.clone()
        },
        Step {
            step_uuid: Uuid::nil(),
            ..step.clone()
        },
        Step {
            attempt_number: -1,
            ..step.clone()
        },
        Step {
            attempt_number: i64::MAX,
            ..step
        },
    ];
    for step in &unknown {
        record_lost_attempt(step, a_minute_ago());
    }
    record_lost_attempt(&None::<Step>, a_minute_ago());
    assert!(capture.spans().is_empty());
}

#[test]
fn without_a_subscriber_nothing_happens() {
    record_lost_attempt(&Step::of(&fixture::Task::default()), a_minute_ago());
}
