//! Attempts whose worker died before it could end them.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::LostAttempt;
use tasker_span_tests::prelude::*;

/// An attempt as its queue's message tells of it, with all that its execution requires.
#[derive(Clone, SpanFields)]
struct Attempt {
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
    #[span(nested(correlation_id, namespace))]
    task: Task,
}

impl Attempt {
    fn new(number: u32) -> Self {
        let task = Task::default();
        let step = task.step().attempt(number);
        Self { step, task }
    }

    fn next(&self) -> Self {
        Self {
            step: self.step.attempt(self.step.attempts + 1),
            task: self.task.clone(),
        }
    }

    fn run(&self) {
        execute(&self.task, &self.step, || ());
    }

    fn lose(&self) {
        record_lost_attempt(self, SystemTime::now() - Duration::from_mins(1));
    }

    fn submit(&self) {
        step_scope!("result.submission", step_uuid = self.step.workflow_step_uuid, inherit).in_scope(|| ());
    }
}

fn lost(number: u32) -> (Capture, Attempt) {
    let (capture, attempt) = (Capture::strict(), Attempt::new(number));
    attempt.lose();
    (capture, attempt)
}

#[test]
fn a_lost_attempt_is_an_execution_that_failed() {
    let capture = Capture::strict();
    let attempt = Attempt::new(1);
    let (task, step) = (&attempt.task, &attempt.step);
    let claimed_at = SystemTime::now() - Duration::from_mins(1);
    let before = stats();
    record_lost_attempt(&attempt, claimed_at);
    assert!(stats().since(&before).lost_attempts >= 1);

    let span = capture.spans().one();
    assert_eq!((span.name(), span.kind()), ("step.execution", SpanKind::Consumer));
    assert_eq!(
        (span.trace_id(), span.span_id()),
        (task.trace_id(), step.execution_id())
    );
    assert_eq!(span.parent_span_id(), Some(task.root_id()));
    assert_eq!(span.start(), claimed_at);
    assert!(span.duration() >= Duration::from_mins(1));
    assert_eq!(span.error_type(), Some("worker_lost"));
    let description = "the worker was lost before the attempt ended".into();
    assert_eq!(span.status(), &Status::Error { description });
    assert_eq!(span.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));
    assert_eq!(span.uuid("step_uuid"), Some(step.workflow_step_uuid));
    assert_eq!(span.text("namespace"), Some("payments"));
    assert_eq!(span.text("handler_name"), Some("charge_payment"));
    assert_eq!(span.integer("attempt_number"), Some(1));
}

#[test]
fn the_task_of_a_killed_worker_is_one_complete_tree() {
    let attempt = Attempt::new(1);
    // The worker exported a span inside of the attempt before it died, and not the attempt.
    let worker = Capture::strict();
    submit_step(&attempt.task, &attempt.step, || ());
    assert_eq!(worker.spans().one().parent_span_id(), Some(attempt.step.execution_id()));
    drop(worker);

    let capture = Capture::strict();
    attempt.lose();
    attempt.next().run();
    complete(&attempt.task);
    capture.assert_complete();
    let attempts = capture.spans().named("step.execution");
    let attempts = attempts.iter().map(|span| (span.span_id(), span.is_error()));
    let expected = [
        (attempt.step.execution_id(), true),
        (attempt.next().step.execution_id(), false),
    ];
    assert_eq!(attempts.collect::<Vec<_>>(), expected);
}

/// The host of a handler behind FFI crashed, and no worker takes the step: the orchestrator fails it.
#[test]
fn a_step_that_fails_for_good_with_its_worker_is_one_complete_tree() {
    let attempt = Attempt::new(3);
    let host = Capture::strict();
    submit_step(&attempt.task, &attempt.step, || ());
    drop(host);

    let capture = Capture::strict();
    begin(&attempt.task);
    attempt.lose();
    // A row of the steps, which does not know its attempt.
    let (from, to) = ("in_progress", "error");
    let step_uuid = attempt.step.workflow_step_uuid;
    step_scope!(
        "step.state_transition",
        step_uuid = step_uuid,
        from = from,
        to = to,
        inherit
    )
    .in_scope(|| ());
    attempt.submit();
    transition(&attempt.task, "steps_in_process", "error", || ());
    capture.assert_complete();
    let spans = capture.spans();
    assert_eq!(spans.named("step.execution").one().error_type(), Some("worker_lost"));
    let of_step = spans.filter(|span| span.attribute("step_uuid").is_some() && span.name() != "step.execution");
    let parents: Vec<_> = of_step.iter().map(CapturedSpan::parent_span_id).collect();
    assert_eq!(parents, [Some(attempt.step.execution_id()); 2]);
}

/// The database fails the task whose worker was lost, and the reader of the row records both.
#[test]
fn a_stale_task_with_a_lost_worker_is_one_complete_tree() {
    let (capture, attempt) = lost(1);
    record_transition(&attempt.task, "steps_in_process", "error", SystemTime::now());
    capture.assert_complete();
    let root = capture.spans().named("task.orchestration").one();
    assert_eq!(root.text("tasker.final_state"), Some("error"));
}

#[test]
fn an_attempt_that_lacks_a_required_attribute_is_a_violation() {
    let capture = Capture::start();
    let mut attempt = Attempt::new(1);
    attempt.task.namespace_name.clear();
    attempt.lose();
    let expected = "step.execution has no namespace: neither the subject nor the identity cache supplies it";
    assert_eq!(capture.spans().one().text("tasker.violation"), Some(expected));
}

#[test]
fn each_attempt_is_recorded_once_however_many_there_are() {
    for number in [1, 70] {
        let (capture, attempt) = lost(number);
        attempt.lose();
        attempt.next().run();
        attempt.lose();
        attempt.next().lose();
        let spans = capture.spans();
        spans.assert_valid();
        assert_eq!(
            spans.iter().map(CapturedSpan::is_error).collect::<Vec<_>>(),
            [true, false]
        );
    }
}

#[test]
fn an_attempt_that_was_not_lost_after_all_has_an_id_of_its_own() {
    let (capture, attempt) = lost(1);
    attempt.run();
    let spans = capture.spans();
    spans.assert_valid();
    assert_eq!(
        spans.filter(|span| span.span_id() == attempt.step.execution_id()).len(),
        1
    );
}

#[test]
fn a_later_submission_has_the_lost_attempt_as_parent() {
    let (capture, attempt) = lost(1);
    attempt.submit();
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(attempt.step.execution_id()));
    assert_eq!(submission.uuid("correlation_id"), Some(attempt.task.correlation_id));
}

#[test]
fn the_next_attempt_may_record_the_lost_one_and_stays_the_current_attempt() {
    let capture = Capture::strict();
    let attempt = Attempt::new(1);
    let next = attempt.next();
    execute(&next.task, &next.step, || {
        attempt.lose();
        std::thread::scope(|threads| threads.spawn(|| capture.run(|| attempt.submit())).join()).unwrap();
    });
    let submission = capture.spans().named("result.submission").one();
    assert_eq!(submission.parent_span_id(), Some(next.step.execution_id()));
    capture.spans().assert_valid();
}

#[test]
fn a_start_ahead_of_the_clock_lasts_no_time() {
    let capture = Capture::strict();
    record_lost_attempt(&Attempt::new(1), SystemTime::now() + Duration::from_secs(50));
    assert_eq!(capture.spans().one().duration(), Duration::ZERO);
    capture.spans().assert_valid();
}

#[test]
fn a_start_that_cannot_be_is_a_violation_and_lasts_no_time() {
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    for claimed_at in [
        SystemTime::UNIX_EPOCH,
        long_ago,
        SystemTime::now() + Duration::from_hours(1),
    ] {
        let capture = Capture::start();
        let before = stats();
        record_lost_attempt(&Attempt::new(1), claimed_at);
        let span = capture.spans().one();
        assert_eq!(span.duration(), Duration::ZERO);
        assert!(SystemTime::now().duration_since(span.start()).unwrap() < Duration::from_mins(1));
        assert!(
            span.text("tasker.violation")
                .unwrap()
                .starts_with("step.execution has a started_at of ")
        );
        assert!(stats().since(&before).starts_not_believed >= 1);

        let strict = Capture::strict();
        let lose = AssertUnwindSafe(|| record_lost_attempt(&Attempt::new(1), claimed_at));
        strict.run(|| catch_unwind(lose).unwrap_err());
        assert_eq!(strict.spans().len(), 1, "it is recorded all the same");
    }
}

#[test]
fn false_ids_of_a_lost_attempt_are_violations() {
    let capture = Capture::start();
    let attempt = Attempt::new(1);
    attempt.run();
    begin(&attempt.task);
    let mut next = attempt.next();
    next.task.correlation_id = Uuid::new_v4();
    next.lose();
    let lost = capture.spans().with("attempt_number", 2).one();
    let expected = format!(
        "step.execution has the correlation_id {}, and an earlier span of its task has {}",
        next.task.correlation_id, attempt.task.correlation_id
    );
    assert_eq!(lost.text("tasker.violation"), Some(&*expected));

    let before = stats();
    for number in [0, 1_000_001, u32::MAX] {
        Attempt::new(number).lose();
    }
    assert_eq!(capture.spans().named("step.execution").len(), 2);
    assert!(stats().since(&before).attempts_out_of_range >= 3);
}

#[test]
fn only_an_attempt_with_a_derived_id_is_recorded() {
    #[derive(SpanFields)]
    struct Told {
        task_uuid: Uuid,
        step_uuid: Uuid,
        handler_name: &'static str,
        attempt_number: i64,
        #[span(nested(correlation_id, namespace))]
        task: Task,
    }
    let id = Uuid::now_v7();
    let recorded = |task_uuid, step_uuid, attempt_number| {
        let capture = Capture::start();
        let told = Told {
            task_uuid,
            step_uuid,
            handler_name: "charge_payment",
            attempt_number,
            task: Task::default(),
        };
        record_lost_attempt(&told, SystemTime::now());
        capture.spans().len()
    };
    assert_eq!(recorded(id, id, 1), 1);
    assert_eq!(recorded(Uuid::nil(), id, 1), 0);
    assert_eq!(recorded(id, Uuid::nil(), 1), 0);
    assert_eq!(recorded(id, id, -1), 0);
    assert_eq!(recorded(id, id, i64::MAX), 0);
    let capture = Capture::start();
    record_lost_attempt(&None::<Attempt>, SystemTime::now());
    assert!(capture.spans().is_empty());
    drop(capture);
    // Without a subscriber, nothing happens.
    Attempt::new(1).lose();
}

#[test]
fn a_lost_attempt_is_sampled_like_its_step_or_by_error() {
    let sampled_by = |sampling| {
        let capture = sampling::at(sampling);
        Attempt::new(1).lose();
        let spans = capture.spans();
        let by = spans
            .iter()
            .map(|span| span.text("tasker.sampled_by").map(str::to_owned));
        by.collect::<Vec<_>>()
    };
    assert_eq!(sampled_by(Sampling::new()), [None]);
    assert_eq!(sampled_by(Sampling::new().step_rate(0.0)), [Some("error".to_owned())]);
    assert!(sampled_by(Sampling::new().step_rate(0.0).discard_errors()).is_empty());
}

#[test]
fn an_attempt_that_ran_in_this_process_is_not_lost_sampled_or_not() {
    for (capture, sampled) in [(Capture::strict(), 1), (no_steps(), 0)] {
        let attempt = Attempt::new(1);
        capture.run(|| {
            attempt.run();
            attempt.lose();
            assert_eq!(capture.spans().len(), sampled);
            assert!(capture.spans().iter().all(|span| !span.is_error()));
            attempt.next().lose();
        });
        assert_eq!(
            capture.spans().with("attempt_number", 2).one().error_type(),
            Some("worker_lost")
        );
    }
}

#[test]
fn the_lost_worker_is_named_if_it_is_known() {
    let attempt = Attempt::new(1);
    let lose = |worker: &str| {
        let capture = Capture::strict();
        let lost = LostAttempt::since(SystemTime::now() - Duration::from_mins(1));
        lost.worker(worker).record(&attempt);
        capture.spans().one()
    };
    let span = lose(" worker-7 ");
    assert_eq!(span.text("tasker.worker.id"), Some("worker-7"));
    let description = "the worker `worker-7` was lost before the attempt ended".into();
    assert_eq!(span.status(), &Status::Error { description });
    assert_eq!(span.error_type(), Some("worker_lost"));
    assert_eq!(span.span_id(), attempt.step.execution_id());

    assert_eq!(lose("").text("tasker.worker.id"), None);
    let long = "w".repeat(100_000);
    assert!(lose(&long).text("tasker.worker.id").unwrap().len() <= 1024);
}
