//! The identity cache: what it holds is bounded, and what it evicted is not needed for a task to
//! have one root.

use std::time::SystemTime;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::Telemetry;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use crate::under;

#[task_span("task.audit", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
fn audit(id: Uuid) {}

/// Has the cache meet tasks until it has evicted this one.
fn evict(task: &Task, capture: &Capture) {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = "n")]
    fn meet(id: Uuid) {}
    loop {
        let bare = tracing_subscriber::registry();
        tracing::subscriber::with_default(bare, || (0..200_000).for_each(|_| meet(Uuid::new_v4())));
        std::thread::scope(|threads| threads.spawn(|| capture.run(|| audit(task.task_uuid))).join().unwrap());
        let audits = capture.spans().named("task.audit");
        if audits.iter().any(|span| span.uuid("correlation_id").is_none()) {
            return;
        }
    }
}

/// A driver that holds its root open, and an error that is resolved hours later or in another
/// process.
#[test]
fn a_task_that_was_evicted_has_one_root() {
    process::alone(|| {
        let capture = Capture::start();
        let [driven, failed] = [(); 2].map(|()| Task::default());
        transition(&failed, "evaluating_results", "error", || ());
        orchestrate(&driven, || {
            evict(&failed, &capture);
            complete(&driven);
        });
        transition(&failed, "error", "resolved_manually", || ());
        let spans = capture.spans();
        for task in [driven, failed] {
            let root = task.root_id();
            assert_eq!(spans.iter().filter(|span| span.span_id() == root).count(), 1);
            assert_eq!(spans.of_task(task.task_uuid).named("task.orchestration").len(), 1);
        }
    });
}

#[test]
fn hostile_texts_are_not_cached() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text, task_name = text)]
    fn explicit(id: Uuid, text: &str) {}
    #[step_span("handler.execution", step_uuid = id, task_uuid = id, correlation_id = id, namespace = text, handler_name = text)]
    fn of_step(id: Uuid, text: &str) {}
    #[task_span("task.audit", within = "task.orchestration", task = task)]
    fn of_subject(task: &Task) {}
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace))]
    fn late(id: Uuid, text: &str, by_macro: bool) {
        if by_macro {
            span_record!(namespace = text);
        } else {
            tracing::Span::current().record("namespace", text);
        }
    }
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let text = "\u{0}\u{1b}[2J\u{202e}\n".repeat(50_000);
        let all = || {
            explicit(Uuid::now_v7(), &text);
            of_step(Uuid::now_v7(), &text);
            of_subject(&Task {
                namespace_name: text.clone(),
                ..Task::default()
            });
            late(Uuid::now_v7(), &text, true);
            late(Uuid::now_v7(), &text, false);
        };
        under(&telemetry, || {
            all();
            let before = PeakAlloc.current_usage();
            (0..50).for_each(|_| all());
            let grown = PeakAlloc.current_usage().saturating_sub(before);
            assert!(
                grown < 10 * text.len(),
                "{grown} bytes after 250 texts of {} bytes",
                text.len()
            );
        });
    });
}

/// Has the cache meet other tasks and steps, half as many as it holds.
fn meet_many() {
    #[step_span("handler.execution", step_uuid = id, task_uuid = id, correlation_id = id, namespace = "n", handler_name = "h")]
    fn meet(id: Uuid) {}
    let bare = tracing_subscriber::registry();
    tracing::subscriber::with_default(bare, || (0..32_768).for_each(|_| meet(Uuid::new_v4())));
}

/// How many of the spans that `work` exports have this id.
fn with_id(capture: &Capture, id: identity::SpanId, work: impl FnOnce()) -> usize {
    capture.clear();
    work();
    capture.spans().iter().filter(|span| span.span_id() == id).count()
}

#[test]
fn what_was_decided_about_a_task_is_known_after_many_others() {
    process::alone(|| {
        let capture = Capture::start();
        let task = Task::default();
        let step = task.step();
        execute(&task, &step, || ());
        execute(&task, &step.attempt(3), || ());
        complete(&task);
        capture.clear();
        meet_many();
        audit(task.task_uuid);
        assert_eq!(capture.spans().one().uuid("correlation_id"), Some(task.correlation_id));
        assert_eq!(with_id(&capture, task.root_id(), || complete(&task)), 0);
        assert_eq!(with_id(&capture, task.root_id(), || orchestrate(&task, || ())), 0);
        assert_eq!(
            with_id(&capture, step.execution_id(), || execute(&task, &step, || ())),
            0
        );
        let second = step.attempt(2);
        assert_eq!(
            with_id(&capture, second.execution_id(), || execute(&task, &second, || ())),
            1
        );

        let lose = |attempt| {
            record_lost_attempt(
                &Lost {
                    task: &task,
                    step: step.attempt(attempt),
                },
                SystemTime::now(),
            );
        };
        for attempt in [1, 2, 3] {
            assert_eq!(
                with_id(&capture, step.attempt(attempt).execution_id(), || lose(attempt)),
                0,
                "it has succeeded"
            );
        }
        assert_eq!(with_id(&capture, step.attempt(4).execution_id(), || lose(4)), 1);
    });
}

/// Values that are not zeros would be in the program's file.
#[test]
#[cfg(target_os = "linux")]
fn an_empty_cache_takes_no_memory() {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The name of the program is in parentheses. After it comes the third field.
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let fields: Vec<_> = fields.split_whitespace().collect();
    let [start_of_data, end_of_data] = [45, 46].map(|field: usize| fields[field - 3].parse::<u64>().unwrap());
    assert!(
        end_of_data - start_of_data < 2_000_000,
        "{start_of_data} to {end_of_data}"
    );
}

#[test]
fn fifty_thousand_claims_fit() {
    process::alone(|| {
        let capture = Capture::start();
        for _ in 0..6 {
            for _ in 0..8_500 {
                let task = Task::default();
                execute(&task, &task.step(), || ());
                complete(&task);
            }
            capture.clear();
        }
        assert!(stats().claims_evicted < 100, "a few of 102,000");
    });
}

#[test]
fn a_false_id_inside_a_span_is_seen_although_its_task_was_evicted() {
    process::alone(|| {
        let capture = Capture::start();
        let task = Task::default();
        let other = Task {
            correlation_id: Uuid::new_v4(),
            ..task.clone()
        };
        orchestrate(&task, || {
            evict(&task, &capture);
            begin(&other);
        });
        let transition = capture
            .spans()
            .named("task.state_transition")
            .of_task(task.task_uuid)
            .one();
        let expected = format!(
            "task.state_transition has the correlation_id {}, and an earlier span of its task has {}",
            other.correlation_id, task.correlation_id
        );
        assert_eq!(transition.text("tasker.violation"), Some(&*expected));
    });
}

/// A step that was not sampled, and an error that needs a root.
#[test]
fn what_was_not_sampled_is_known_after_many_others_too() {
    process::alone(|| {
        let capture = no_tasks();
        let (task, failed) = (Task::default(), Task::default());
        let step = task.step();
        execute(&task, &step, || ());
        execute(&failed, &failed.step(), fail);
        assert!(!capture.spans().is_empty(), "of the error");
        capture.clear();
        meet_many();
        let lose = || {
            record_lost_attempt(
                &Lost {
                    task: &task,
                    step: step.clone(),
                },
                SystemTime::now(),
            );
        };
        assert_eq!(with_id(&capture, step.execution_id(), lose), 0, "it has succeeded");
        assert_eq!(with_id(&capture, failed.root_id(), || complete(&failed)), 1);
        let fail = || execute(&task, &step, fail);
        assert_eq!(
            with_id(&capture, step.execution_id(), fail),
            1,
            "nothing was exported under its id"
        );
    });
}

#[derive(SpanFields)]
struct Lost<'a> {
    #[span(nested(correlation_id, namespace))]
    task: &'a Task,
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
}
