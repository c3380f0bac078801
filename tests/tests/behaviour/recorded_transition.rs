//! Transitions that no code ran: a function in the database moved the row.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::{HasTaskFields, HasTaskUuid, TaskFields, UnknownNamespace};
use tasker_span_tests::prelude::*;

/// A row that the database's function returns, after it has moved the task.
#[derive(SpanFields)]
struct StaleTask {
    task_uuid: Uuid,
    #[span(namespace)]
    namespace_name: String,
    task_name: String,
    current_state: String,
    minutes: i32,
}

impl StaleTask {
    fn of(task: &Task) -> Self {
        Self {
            task_uuid: task.task_uuid,
            namespace_name: task.namespace_name.clone(),
            task_name: task.task_name.clone(),
            current_state: "steps_in_process".to_owned(),
            minutes: 30,
        }
    }

    fn report(&self) {
        assert!(self.minutes >= 30, "it is stale");
        record_transition(self, &self.current_state, "error", recent());
    }
}

/// A span without a duration would be one that ends before it starts, for Jaeger.
const MOMENT: Duration = Duration::from_nanos(1);

/// A time of the last minute, in whole microseconds.
fn recent() -> SystemTime {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let micros = u64::try_from(now.as_micros()).unwrap();
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros - 30_000_000)
}

fn span_id(task: &Task, from: &str, to: &str, at: SystemTime) -> identity::SpanId {
    identity::transition_span_id(task.task_uuid, from, to, at)
}

#[test]
fn a_stale_task_has_its_transition_and_its_root() {
    let (capture, task, at) = (Capture::strict(), Task::default(), recent());
    let before = stats();
    begin(&task);
    let stale = StaleTask::of(&task);
    record_transition(&stale, &stale.current_state, "error", at);
    assert!(stats().since(&before).transitions_recorded >= 1 && stats().since(&before).roots_emitted >= 1);

    capture.assert_complete();
    let spans = capture.spans();
    let moved = spans.named("task.state_transition").with("to_state", "error").one();
    assert_eq!(moved.span_id(), span_id(&task, "steps_in_process", "error", at));
    assert_eq!(
        (moved.trace_id(), moved.parent_span_id()),
        (task.trace_id(), Some(task.root_id()))
    );
    assert_eq!((moved.start(), moved.end()), (at, at + MOMENT));
    assert_eq!((moved.kind(), moved.status()), (SpanKind::Internal, &Status::Unset));
    assert_eq!(moved.text("from_state"), Some("steps_in_process"));
    assert_eq!(moved.text("namespace"), Some("payments"));
    assert_eq!(moved.text("task_name"), Some("order_fulfillment"));
    assert_eq!(
        moved.uuid("correlation_id"),
        Some(task.correlation_id),
        "the identity cache knows it"
    );
    assert_eq!(moved.attribute("code.function.name"), None);

    let root = spans.named("task.orchestration").one();
    assert_eq!((root.start(), root.end()), (task.created_at, at + MOMENT));
    assert_eq!(root.text("tasker.final_state"), Some("error"));
    assert_eq!(root.error_type(), Some("task_error"));
    assert_eq!(root.uuid("correlation_id"), Some(task.correlation_id));
    assert_eq!(root.integer("priority"), Some(3));
}

#[test]
fn a_row_that_knows_its_task_needs_no_other_span() {
    let (capture, task, at) = (Capture::strict(), Task::default(), recent());
    record_transition(&task, "BlockedByFailures", "ResolvedManually", at);
    capture.assert_complete();
    let root = capture.spans().named("task.orchestration").one();
    assert_eq!((root.start(), root.end()), (task.created_at, at + MOMENT));
    assert_eq!(root.uuid("parent_correlation_id"), None);
    let moved = capture.spans().named("task.state_transition").one();
    assert_eq!(moved.text("to_state"), Some("resolved_manually"));
    assert_eq!(
        moved.span_id(),
        span_id(&task, "blocked_by_failures", "resolved_manually", at)
    );
}

#[test]
fn what_a_message_told_is_found() {
    let task = Task::default();
    let sender = Capture::strict();
    let sent = transition(&task, "pending", "initializing", TraceContext::current);
    drop(sender);
    let capture = Capture::strict();
    sent.insert_identity();
    StaleTask::of(&task).report();
    let spans = capture.spans();
    spans.assert_valid();
    assert_eq!(spans.len(), 2);
    assert!(
        spans
            .iter()
            .all(|span| span.uuid("correlation_id") == Some(task.correlation_id))
    );
}

#[test]
fn a_row_without_what_its_span_requires_is_a_violation() {
    let lacks = "task.state_transition has no correlation_id: neither the subject nor the identity cache supplies it";
    let (capture, before) = (Capture::start(), stats());
    StaleTask::of(&Task::default()).report();
    let moved = capture.spans().named("task.state_transition").one();
    assert_eq!(moved.text("tasker.violation"), Some(lacks));
    assert!(stats().since(&before).missing_attributes >= 1);
    drop(capture);

    let strict = Capture::strict();
    let stale = StaleTask::of(&Task::default());
    let report = AssertUnwindSafe(|| stale.report());
    strict.run(|| catch_unwind(report).unwrap_err());
    assert_eq!(strict.spans().len(), 2, "it is recorded all the same");
}

#[test]
fn a_namespace_that_is_not_known_may_be_absent() {
    #[derive(SpanFields)]
    struct Row {
        task_uuid: Uuid,
        correlation_id: Uuid,
    }
    let capture = Capture::builder()
        .strict()
        .unknown_namespace(UnknownNamespace::Absent)
        .start();
    let task = Task::default();
    let row = Row {
        task_uuid: task.task_uuid,
        correlation_id: task.correlation_id,
    };
    record_transition(&row, None::<&str>, "cancelled", recent());
    capture.assert_complete();
    let moved = capture.spans().named("task.state_transition").one();
    assert_eq!(
        (moved.text("namespace"), moved.text("from_state")),
        (None, Some("unknown"))
    );
}

#[test]
fn each_transition_is_recorded_once() {
    let (capture, task, at) = (Capture::strict(), Task::default(), recent());
    for _ in 0..2 {
        record_transition(&task, "waiting_for_retry", "blocked_by_failures", at);
        record_transition(&task, "blocked_by_failures", "error", at);
        record_transition(&task, "error", "resolved_manually", at);
        record_transition(&task, "error", "resolved_manually", at + Duration::from_micros(1));
    }
    capture.assert_complete();
    let spans = capture.spans();
    assert_eq!(spans.named("task.state_transition").len(), 4);
    assert_eq!(
        spans.named("task.orchestration").one().text("tasker.final_state"),
        Some("error")
    );
}

#[test]
fn processes_that_record_one_row_write_the_same_spans() {
    let (task, at) = (Task::default(), recent());
    let recorded = || {
        let capture = Capture::strict();
        record_transition(&task, "steps_in_process", "error", at);
        let spans = capture.spans();
        let spans = spans.iter().map(|span| {
            let (name, times) = (span.name().to_owned(), [span.start(), span.end()]);
            (name, span.trace_id(), span.span_id(), times, span.attributes().to_vec())
        });
        spans.collect::<Vec<_>>()
    };
    assert_eq!(recorded(), recorded());
    assert_eq!(recorded().len(), 2);
}

#[test]
fn a_task_that_has_a_root_or_ended_before_gets_no_other() {
    let capture = Capture::strict();
    let tasks = [Task::default(), Task::default(), Task::default()];
    complete(&tasks[0]);
    record_transition(&tasks[0], "evaluating_results", "error", recent());
    orchestrate(&tasks[1], || {
        record_transition(&tasks[1], "steps_in_process", "error", SystemTime::now());
    });
    record_transition(&tasks[2], "error", "resolved_manually", recent());
    let roots = capture.spans().named("task.orchestration");
    assert_eq!(roots.len(), 2);
    assert!(roots.iter().all(|root| !root.is_error()));
    capture.spans().assert_valid();
}

#[test]
fn a_time_that_cannot_be_is_a_violation_and_is_now() {
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    for at in [
        SystemTime::UNIX_EPOCH,
        long_ago,
        SystemTime::now() + Duration::from_hours(1),
    ] {
        let (capture, task, before) = (Capture::start(), Task::default(), stats());
        record_transition(&task, "steps_in_process", "error", at);
        record_transition(&task, "steps_in_process", "error", at);
        let spans = capture.spans();
        assert_eq!(spans.len(), 2);
        for span in &spans {
            assert!(SystemTime::now().duration_since(span.end()).unwrap() < Duration::from_mins(1));
        }
        let moved = spans.named("task.state_transition").one();
        assert!(
            moved
                .text("tasker.violation")
                .unwrap()
                .starts_with("task.state_transition has a time of ")
        );
        assert_eq!(moved.span_id(), span_id(&task, "steps_in_process", "error", at));
        assert!(stats().since(&before).starts_not_believed >= 1);
    }
    let (capture, task, ahead) = (
        Capture::strict(),
        Task::default(),
        SystemTime::now() + Duration::from_secs(50),
    );
    record_transition(&task, "steps_in_process", "error", ahead);
    assert_eq!(capture.spans().named("task.state_transition").one().start(), ahead);
    capture.assert_complete();
}

#[test]
fn false_ids_are_violations() {
    let (capture, task, before) = (Capture::start(), Task::default(), stats());
    begin(&task);
    let other = Task {
        correlation_id: Uuid::new_v4(),
        ..task.clone()
    };
    record_transition(&other, "steps_in_process", "error", recent());
    let moved = capture.spans().with("to_state", "error").one();
    let expected = format!(
        "task.state_transition has the correlation_id {}, and an earlier span of its task has {}",
        other.correlation_id, task.correlation_id
    );
    assert_eq!(moved.text("tasker.violation"), Some(&*expected));
    let root = capture.spans().named("task.orchestration").one();
    assert_eq!(root.uuid("correlation_id"), Some(task.correlation_id));

    let unknown = Task {
        task_uuid: Uuid::nil(),
        ..Task::default()
    };
    record_transition(&unknown, "steps_in_process", "error", recent());
    record_transition(&None::<Task>, "steps_in_process", "error", recent());
    assert_eq!(capture.spans().len(), 3);
    let counts = stats().since(&before);
    assert!(counts.nil_uuids >= 1 && counts.missing_attributes >= 1);
    drop(capture);
    // Without a subscriber, nothing happens.
    record_transition(&task, "steps_in_process", "error", recent());
}

#[test]
fn it_is_sampled_like_its_task_and_an_error_has_its_root_exported() {
    let recorded = |sampling, to| {
        let capture = sampling::at(sampling);
        record_transition(&Task::default(), "steps_in_process", to, recent());
        let spans = capture.spans();
        spans.assert_valid();
        let spans = spans
            .iter()
            .map(|span| (span.name().to_owned(), span.attribute("tasker.sampled_by").is_some()));
        spans.collect::<std::collections::BTreeSet<_>>()
    };
    let unsampled = || Sampling::new().task_rate(0.0);
    let (moved, root) = ("task.state_transition".to_owned(), "task.orchestration".to_owned());
    assert_eq!(
        recorded(Sampling::new(), "error"),
        [(moved, false), (root.clone(), false)].into()
    );
    assert_eq!(recorded(unsampled(), "error"), [(root, true)].into());
    assert!(recorded(unsampled(), "cancelled").is_empty());
    assert!(recorded(unsampled().discard_errors(), "error").is_empty());
}

#[test]
fn work_finds_the_transition_that_the_database_made() {
    let (capture, task, at) = (Capture::strict(), Task::default(), SystemTime::now());
    // The evaluation follows its transition, and the enqueuing waits for it.
    record_transition(&task, "steps_in_process", "evaluating_results", at);
    task_scope!("result.evaluation", task = task).in_scope(|| ());
    send_steps(&task, || ());
    let later = at + Duration::from_micros(1);
    record_transition(&task, "enqueuing_steps", "steps_in_process", later);
    let spans = capture.spans();
    spans.assert_valid();
    let parent = |name| spans.named(name).one().parent_span_id();
    let [evaluating, enqueued] = [
        ("steps_in_process", "evaluating_results", at),
        ("enqueuing_steps", "steps_in_process", later),
    ]
    .map(|(from, to, at)| span_id(&task, from, to, at));
    assert_eq!(parent("result.evaluation"), Some(evaluating));
    assert_eq!(parent("step.enqueuing"), Some(enqueued));
}

#[test]
fn an_old_row_is_not_the_latest_transition() {
    let (capture, task) = (Capture::strict(), Task::default());
    transition(&task, "steps_in_process", "evaluating_results", || ());
    record_transition(&task, "initializing", "enqueuing_steps", recent());
    task_scope!("result.evaluation", task = task).in_scope(|| ());
    let spans = capture.spans();
    let latest = spans.with("to_state", "evaluating_results").one();
    assert_eq!(
        spans.named("result.evaluation").one().parent_span_id(),
        Some(latest.span_id())
    );
}

/// Several rows of one task, which are read at once.
#[test]
fn the_latest_of_several_rows_is_the_latest_transition() {
    let rows = [
        ("initializing", "enqueuing_steps", 3),
        ("enqueuing_steps", "steps_in_process", 2),
        ("steps_in_process", "evaluating_results", 1),
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 1, 0]] {
        let (capture, task, at) = (Capture::strict(), Task::default(), recent());
        for (from, to, before) in order.map(|row| rows[row]) {
            record_transition(&task, from, to, at - Duration::from_micros(before));
        }
        task_scope!("result.evaluation", task = task).in_scope(|| ());
        let spans = capture.spans();
        spans.assert_valid();
        let latest = spans.with("to_state", "evaluating_results").one();
        assert_eq!(
            spans.named("result.evaluation").one().parent_span_id(),
            Some(latest.span_id()),
            "{order:?}"
        );
    }
}

#[test]
fn a_subject_by_hand_lists_what_it_knows() {
    struct Legacy(Task);

    impl SpanFields for Legacy {
        type Source = Self;
        fn span_source(&self) -> Option<&Self> {
            Some(self)
        }
    }

    impl HasTaskUuid for Legacy {
        fn task_uuid(&self) -> Option<Uuid> {
            Some(self.0.task_uuid)
        }
    }

    impl HasTaskFields for Legacy {
        fn task_fields(&self) -> TaskFields<'_> {
            TaskFields {
                correlation_id: Some(self.0.correlation_id),
                ..self.0.task_fields()
            }
        }
    }

    let capture = Capture::strict();
    let legacy = Some(Box::new(Legacy(Task::default())));
    record_transition(&legacy, Some(String::from("Pending")), "cancelled", recent());
    capture.assert_complete();
}

#[test]
fn a_generic_row_tells_what_its_parts_tell() {
    #[derive(SpanFields)]
    struct Moved<T, N> {
        #[span(nested(task_uuid, correlation_id, started_at))]
        task: T,
        #[span(namespace)]
        namespace: N,
    }
    let capture = Capture::strict();
    let moved = Moved {
        task: Task::default(),
        namespace: "payments",
    };
    record_transition(&moved, "pending", "cancelled", recent());
    capture.assert_complete();
}

#[test]
fn code_that_panics_or_lies_is_caught() {
    struct Boom;

    impl std::fmt::Display for Boom {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("a state that panics")
        }
    }

    let (capture, before) = (Capture::strict(), stats());
    record_transition(&Task::default(), Boom, "", recent());
    let moved = capture.spans().one();
    assert_eq!(
        (moved.text("from_state"), moved.text("to_state")),
        (Some("unknown"), Some("unknown"))
    );
    assert!(stats().since(&before).panics_caught >= 1);
}

#[test]
fn states_of_any_length_are_recorded() {
    let capture = Capture::strict();
    let (long, task, at) = ("x".repeat(5_000), Task::default(), recent());
    record_transition(&task, &long, "error", at);
    let moved = capture.spans().named("task.state_transition").one();
    let from = moved.text("from_state").unwrap();
    assert!(from.len() < 5_000);
    assert_eq!(moved.span_id(), span_id(&task, from, "error", at));
}
