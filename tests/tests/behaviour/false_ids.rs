//! Ids, attempts and times that cannot be true: a violation on the span that has them, counted, and nothing follows from
//! them.

use std::time::{Duration, SystemTime};

use tasker_span_tests::prelude::*;

fn violations(capture: &Capture) -> Vec<String> {
    let spans = capture.spans();
    spans
        .iter()
        .filter_map(|span| span.text("tasker.violation").map(str::to_owned))
        .collect()
}

/// Asserts that the last span that ended has this violation, and no other has one.
#[track_caller]
fn assert_one_violation(capture: &Capture, expected: &str) {
    assert_eq!(violations(capture), [expected.to_owned()]);
    let problems = capture.spans().check();
    assert!(
        problems.iter().any(|problem| problem.to_string().contains(expected)),
        "{problems:?}"
    );
}

#[test]
fn a_placeholder_subject_that_invents_ids_does_not_pass_a_check() {
    struct Machine {
        task_uuid: Uuid,
    }
    impl Machine {
        #[task_span("task.state_transition", task = self.placeholder(), from = from, to = to)]
        fn transition(&self, from: &str, to: &str) {}

        fn placeholder(&self) -> Task {
            Task {
                task_uuid: self.task_uuid,
                correlation_id: Uuid::now_v7(),
                ..Task::default()
            }
        }
    }

    let capture = Capture::start();
    let task = Task::default();
    let machine = Machine {
        task_uuid: task.task_uuid,
    };
    let before = stats();
    discover_in_transition(&task);
    machine.transition("enqueuing_steps", "steps_in_process");
    machine.transition("steps_in_process", "evaluating_results");
    assert!(stats().since(&before).identity_conflicts >= 2);
    let spans = capture.spans();
    assert_eq!(violations(&capture).len(), 2);
    for span in spans.iter().skip(2) {
        let own = span.uuid("correlation_id").unwrap();
        assert_ne!(own, task.correlation_id, "it keeps its own");
        let expected = format!(
            "task.state_transition has the correlation_id {own}, and an earlier span of its task has {}",
            task.correlation_id
        );
        assert_eq!(span.text("tasker.violation"), Some(&*expected));
    }
    let check = catch_unwind(AssertUnwindSafe(|| spans.assert_valid()));
    assert!(check.is_err(), "a check finds it");
}

fn discover_in_transition(task: &Task) {
    initialize(task, || discover(task));
}

#[test]
fn the_first_id_of_a_task_is_the_one_that_is_inherited() {
    #[task_span("task.audit", within = "task.state_transition", task_uuid = id, inherit(correlation_id, namespace))]
    fn audit(id: Uuid) {}
    #[task_span("task.review", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
    fn review(id: Uuid) {}
    let capture = Capture::start();
    let task = Task::default();
    let other = Task {
        correlation_id: Uuid::new_v4(),
        ..task.clone()
    };
    begin(&task);
    initialize(&other, || {
        audit(task.task_uuid);
        // It contradicts the enclosing span, which is the false one.
        discover(&task);
    });
    review(task.task_uuid);
    complete(&other);
    let id = |name| capture.spans().named(name).one().uuid("correlation_id").unwrap();
    let ids = ["task.audit", "task.review"].map(id);
    assert_eq!(
        ids,
        [other.correlation_id, task.correlation_id],
        "of the enclosing span, then of the cache"
    );
    // An inherited value was reported where it came in.
    assert_eq!(violations(&capture).len(), 2, "{:?}", violations(&capture));
    let root = capture.spans().named("task.orchestration").one();
    assert_eq!(root.uuid("correlation_id"), Some(task.correlation_id));
}

#[test]
fn each_attribute_that_names_a_task_contradicts_an_earlier_one() {
    let (first, second) = (Uuid::new_v4(), Uuid::new_v4());
    let task = Task {
        correlation_id: first,
        parent_correlation_id: Some(first),
        ..Task::default()
    };
    let others = [
        (
            Task {
                correlation_id: second,
                ..task.clone()
            },
            format!("correlation_id {second}, and an earlier span of its task has {first}"),
        ),
        (
            Task {
                parent_correlation_id: Some(second),
                ..task.clone()
            },
            format!("parent_correlation_id {second}, and an earlier span of its task has {first}"),
        ),
        (
            Task {
                namespace_name: "x".repeat(300),
                ..task.clone()
            },
            format!(
                "namespace `{}…`, and an earlier span of its task has `payments`",
                "x".repeat(64)
            ),
        ),
    ];
    for (other, expected) in &others {
        let task = &task;
        let run: [fn(&Task, &Task); 3] = [
            // By the cache, by the enclosing span, and by the enclosing span of a span that inserts nothing.
            |task, other| {
                begin(task);
                transition(other, "initializing", "enqueuing_steps", || ());
            },
            |task, other| orchestrate(task, || begin(other)),
            |task, other| initialize(task, || discover(other)),
        ];
        for (how, run) in run.into_iter().enumerate() {
            let capture = Capture::start();
            run(task, other);
            let [violation] = &violations(&capture)[..] else {
                panic!("{how}: {:?}", violations(&capture));
            };
            assert!(violation.ends_with(expected), "{how}: {violation}");
        }
        let _capture = Capture::strict();
        begin(task);
        let panic = catch_unwind(AssertUnwindSafe(|| discover_in_transition(other))).unwrap_err();
        assert!(panic.downcast_ref::<String>().unwrap().contains(expected));
    }
}

#[test]
fn what_a_task_need_not_know_contradicts_nothing() {
    let capture = Capture::strict();
    let task = Task {
        parent_correlation_id: Some(Uuid::new_v4()),
        ..Task::default()
    };
    begin(&task);
    let less = Task {
        parent_correlation_id: None,
        priority: 7,
        task_name: "another".to_owned(),
        created_at: SystemTime::now(),
        ..task.clone()
    };
    initialize(&less, || discover(&task));
    let step = task.step();
    let deployed = Step {
        handler: "charge_payment_v2".to_owned(),
        ..step.attempt(2)
    };
    execute(&task, &step, || ());
    execute(&task, &deployed, || {
        handle_step(
            &Task {
                namespace_name: "fulfilment".into(),
                ..task.clone()
            },
            &deployed,
            || (),
        );
    });
    capture.spans().assert_valid();
}

#[test]
fn a_step_has_one_task() {
    let (task, other) = (Task::default(), Task::default());
    let step = task.step();
    let of_other = Step {
        task_uuid: other.task_uuid,
        ..step.attempt(2)
    };
    for sampling in [Sampling::new(), Sampling::new().step_rate(0.0)] {
        let capture = sampling::at(sampling.clone());
        capture.run(|| {
            execute(&task, &step, || ());
            let before = stats();
            execute(&other, &of_other, || ());
            assert!(
                stats().since(&before).identity_conflicts >= 1,
                "unsampled spans are counted too"
            );
            let failed = catch_unwind(|| execute(&other, &of_other.attempt(3), || panic!("for the error")));
            assert!(failed.is_err());
        });
        let failed = capture.spans().with("attempt_number", 3).one();
        let expected = format!(
            "step.execution has the task_uuid {}, and an earlier span of its step has {}",
            other.task_uuid, task.task_uuid
        );
        assert!(
            failed.text("tasker.violation").unwrap().starts_with(&expected),
            "{failed:?}"
        );
        assert_eq!(failed.trace_id(), other.trace_id(), "it stays where it says");
    }
}

#[test]
fn a_late_id_contradicts_an_earlier_one_too() {
    #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
    fn finalize(id: Uuid, told: &Task) {
        span_record!(subject = told);
    }
    #[task_span("task.creation", within = "task.orchestration", correlation_id = id, late(task_uuid, namespace))]
    fn create(id: Uuid, told: &Task) {
        span_record!(subject = told);
    }
    let task = Task::default();
    let other = Task {
        correlation_id: Uuid::new_v4(),
        namespace_name: "elsewhere".to_owned(),
        ..task.clone()
    };
    let capture = Capture::start();
    begin(&task);
    finalize(task.task_uuid, &other);
    let id = format!(
        "task.finalization has the correlation_id {}, and an earlier span of its task has {}",
        other.correlation_id, task.correlation_id
    );
    let namespace = "task.finalization has the namespace `elsewhere`, and an earlier span of its task has `payments`";
    assert_one_violation(&capture, &format!("{id}; {namespace}"));

    let capture = Capture::start();
    begin(&task);
    let invented = Uuid::new_v4();
    create(invented, &task);
    let known = task.correlation_id;
    let expected = format!(
        "task.creation was given the correlation_id {known}, and has {invented}; \
         task.creation has the correlation_id {invented}, and an earlier span of its task has {known}"
    );
    assert_one_violation(&capture, &expected);
}

#[test]
fn an_attempt_out_of_range_takes_no_id_of_the_real_ones() {
    for number in [0, 1_000_001, u32::MAX] {
        let capture = Capture::start();
        let (task, step) = (Task::default(), Task::default().step());
        let step = Step {
            task_uuid: task.task_uuid,
            ..step
        };
        execute(&task, &step.attempt(number), || ());
        let violation = format!("step.execution has the attempt_number {number}: expected 1 to 1000000");
        assert_one_violation(&capture, &violation);
        let of_child = Capture::start();
        submit_step(&task, &step, || ());
        drop(of_child);
        for attempt in 1..=3 {
            execute(&task, &step.attempt(attempt), || ());
            let span = capture.spans().with("attempt_number", i64::from(attempt)).one();
            assert_eq!(span.span_id(), step.attempt(attempt).execution_id());
        }
    }
}

#[test]
fn a_jump_takes_no_id_of_the_attempts_before_it() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    for attempt in [1, 5_000, 2, 3] {
        execute(&task, &step.attempt(attempt), || ());
        let span = capture.spans().with("attempt_number", i64::from(attempt)).one();
        assert_eq!(span.span_id(), step.attempt(attempt).execution_id());
    }
    execute(&task, &step.attempt(2), || ());
    execute(&task, &step.attempt(5_000), || ());
    capture.spans().assert_valid();
    let second = capture.spans().with("attempt_number", 2);
    let derived = step.attempt(2).execution_id();
    assert_eq!(second.iter().filter(|span| span.span_id() == derived).count(), 1);
}

/// Minutes before or after now; 1970 and before it.
fn false_starts() -> [SystemTime; 4] {
    let now = SystemTime::now();
    [
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH - Duration::from_hours(1),
        now - Duration::from_hours(24 * 365 * 11),
        now + Duration::from_mins(5),
    ]
}

#[test]
fn a_start_that_cannot_be_is_not_believed() {
    for created_at in false_starts() {
        let capture = Capture::start();
        let task = Task {
            created_at,
            ..Task::default()
        };
        let (before, at) = (stats(), SystemTime::now());
        begin(&task);
        complete(&task);
        assert!(stats().since(&before).starts_not_believed >= 2);
        let root = capture.spans().named("task.orchestration").one();
        assert!(
            at - Duration::from_secs(1) < root.start() && root.start() <= root.end(),
            "{created_at:?}"
        );
        let violations = violations(&capture);
        assert_eq!(violations.len(), 2, "of the spans that say so: {violations:?}");
        assert!(violations[0].contains("expected a time of the last ten years"));
        capture.spans().named("task.orchestration").assert_valid();
    }
    // It takes nothing from what the task's other spans know.
    let capture = Capture::start();
    let task = Task::default();
    begin(&task);
    complete(&Task {
        created_at: SystemTime::UNIX_EPOCH,
        ..task.clone()
    });
    assert_eq!(
        capture.spans().named("task.orchestration").one().start(),
        task.created_at
    );
}

#[test]
fn a_clock_that_is_a_little_ahead_is_believed() {
    let capture = Capture::strict();
    let task = Task {
        created_at: SystemTime::now() + Duration::from_secs(30),
        ..Task::default()
    };
    begin(&task);
    complete(&task);
    let root = capture.spans().named("task.orchestration").one();
    assert!(root.start() <= root.end());
    capture.assert_complete();
}

/// Ids that a plain hash takes for another: both halves differ in the same bits.
fn alike(id: Uuid) -> impl Iterator<Item = Uuid> {
    let (high, low) = id.as_u64_pair();
    (1..=64_u64).map(move |bits| Uuid::from_u64_pair(high ^ bits, low ^ bits.rotate_right(32)))
}

#[test]
fn a_crafted_id_gets_nothing_of_another_one() {
    #[step_span("result.submission", step_uuid = step, inherit(task_uuid, correlation_id, namespace))]
    fn submit_for(step: Uuid) -> Result<(), &'static str> {
        Err("for the error")
    }
    for capture in [no_steps(), Capture::start()] {
        let (victim, other) = (Task::default(), Task::default());
        let step = victim.step();
        capture.run(|| {
            execute(&victim, &step, || {
                std::thread::scope(|threads| {
                    threads.spawn(|| {
                        capture.run(|| {
                            for (index, id) in alike(step.workflow_step_uuid).enumerate() {
                                let crafted = Step {
                                    workflow_step_uuid: id,
                                    task_uuid: other.task_uuid,
                                    ..step.clone()
                                };
                                if index % 2 == 0 {
                                    execute(&other, &crafted, fail);
                                }
                                submit_for(id).unwrap_err();
                            }
                        });
                    });
                });
            });
        });
        let spans = capture.spans();
        let of_others = spans.filter(|span| span.uuid("step_uuid") != Some(step.workflow_step_uuid));
        assert!(of_others.len() >= 128, "{}", of_others.len());
        for span in &of_others {
            assert_ne!(span.uuid("task_uuid"), Some(victim.task_uuid));
            assert_ne!(span.uuid("correlation_id"), Some(victim.correlation_id));
            assert!(span.trace_id() != victim.trace_id() && span.span_id() != step.execution_id());
        }
    }
}

#[test]
fn a_value_that_contradicts_its_span_is_seen_wherever_it_is_recorded() {
    #[task_span("task.audit", within = "task.orchestration", late(priority))]
    fn audit(task: &Task, record: fn()) {
        span_record!(priority = 7);
        record();
    }
    let records: [fn(); 3] = [
        || span_record!(correlation_id = Uuid::from_u128(9)),
        || span_record!(task_uuid = Uuid::from_u128(9), correlation_id = Uuid::nil()),
        || {
            span_record!(
                subject = Task {
                    task_uuid: Uuid::from_u128(9),
                    ..Task::default()
                }
            );
        },
    ];
    for record in records {
        let capture = Capture::start();
        audit(&Task::default(), record);
        let span = capture.spans().one();
        let violation = span.text("tasker.violation").unwrap();
        assert!(
            violation.contains("was given the") && violation.contains("-000000000009"),
            "{violation}"
        );
    }
}
