//! The list of open work.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::{
    Console, DetachedSpan, OpenWork, OpenWorkKind, Telemetry, TelemetryBuilder, record_transition, task_span,
};
use tasker_span_tests::calls::{begin, complete, execute, initialize, transition};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use super::{HOUR, SOON, hanging, start_step, telemetry};
use crate::under;

#[task_span("task.state_transition", from = "pending", to = "initializing")]
fn fail_to_begin(task: &Task) -> Result<(), &'static str> {
    Err("the database is away")
}

#[test]
fn nothing_is_listed_or_marked_by_default() {
    process::alone(|| {
        for off in [None, Some(Duration::ZERO)] {
            let builder = Telemetry::builder().console(Console::Off).console_only();
            let builder = off.into_iter().fold(builder, TelemetryBuilder::running_after);
            let telemetry = builder.build().unwrap();
            let task = Task::default();
            let open = under(&telemetry, || hanging(&task, &task.step()));
            assert!(telemetry.open_work().is_empty());
            open.end();
        }
    });
}

#[test]
fn the_list_has_what_is_open_the_oldest_first() {
    process::alone(|| {
        let (telemetry, store) = telemetry(HOUR);
        let task = Task::default();
        let step = task.step();
        let later = task.step().attempt(2);
        under(&telemetry, || {
            initialize(&task, || ());
            let open = hanging(&task, &step);
            execute(&task, &later, || {
                start_step(&task, &later);
                let list = telemetry.open_work();
                let ids: Vec<_> = list
                    .iter()
                    .map(|work| (work.kind(), work.task_uuid(), work.step_uuid()))
                    .collect();
                let (kind, task_uuid) = (OpenWorkKind::Step, Some(task.task_uuid));
                let expected = [
                    (OpenWorkKind::Task, task_uuid, None),
                    (kind, task_uuid, Some(step.workflow_step_uuid)),
                    (kind, task_uuid, Some(later.workflow_step_uuid)),
                ];
                assert_eq!(ids, expected);
                let states: Vec<_> = list.iter().map(|work| work.state()).collect();
                assert_eq!(states, [Some("enqueuing_steps"), None, Some("in_progress")]);
                // The task began when its row was created.
                assert!(list[0].age() >= Duration::from_secs(90) && list[0].age() > list[1].age());
                assert_eq!(list[0].task_name(), Some("order_fulfillment"));
                assert_eq!(
                    (list[2].handler_name(), list[2].attempt_number()),
                    (Some("charge_payment"), Some(2))
                );
                assert_eq!(
                    (list[2].namespace(), list[2].correlation_id()),
                    (Some("payments"), Some(task.correlation_id))
                );
                assert_eq!(
                    list[2].trace_url("/trace/"),
                    Some(format!("/trace/{}", task.trace_id()))
                );
                assert!(list.iter().all(OpenWork::is_sampled));
            });
            assert_eq!(telemetry.open_work().len(), 2);
            open.cancel();
            assert_eq!(telemetry.open_work().len(), 1);
            complete(&task);
        });
        assert!(telemetry.open_work().is_empty());
        assert!(store.spans().named("step.running").is_empty());
    });
}

/// A function that moves a task on, and then runs what follows, ends after it.
#[test]
fn of_nested_transitions_the_later_state_counts() {
    process::alone(|| {
        let (telemetry, _) = telemetry(HOUR);
        let state = || {
            telemetry
                .open_work()
                .first()
                .map(|work| work.state().map(str::to_owned))
        };
        under(&telemetry, || {
            let task = Task::default();
            transition(&task, "pending", "initializing", || initialize(&task, || ()));
            assert_eq!(state(), Some(Some("enqueuing_steps".to_owned())));
            transition(&task, "enqueuing_steps", "steps_in_process", || complete(&task));
            assert_eq!(state(), None);
            // This one begins with what is before it.
            let task = Task::default();
            transition(&task, "initializing", "enqueuing_steps", || begin(&task));
            assert_eq!(state(), Some(Some("enqueuing_steps".to_owned())));
            // A retry is a state again that the task had before.
            transition(&task, "waiting_for_retry", "steps_in_process", || {
                transition(&task, "steps_in_process", "waiting_for_retry", || ());
            });
            assert_eq!(state(), Some(Some("waiting_for_retry".to_owned())));
            complete(&task);
            assert_eq!(state(), None);
        });
    });
}

/// While a thread makes the list, others begin and end work.
#[test]
fn the_list_may_be_asked_for_at_any_time() {
    process::alone(|| {
        let (telemetry, _) = telemetry(SOON);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let list = telemetry.open_work();
                    assert!(list.iter().all(|work| work.task_uuid().is_some()));
                }
            });
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        under(&telemetry, || {
                            for _ in 0..300 {
                                let task = Task::default();
                                begin(&task);
                                // The same execution twice at once, one of them ended by another thread.
                                let step = task.step();
                                let open = [hanging(&task, &step), hanging(&task, &step)];
                                thread::scope(|scope| {
                                    scope.spawn(|| open.into_iter().for_each(DetachedSpan::end));
                                });
                                complete(&task);
                            }
                        });
                    })
                })
                .collect();
            for worker in workers {
                worker.join().unwrap();
            }
            is_over.store(true, Ordering::Relaxed);
        });
        assert!(telemetry.open_work().is_empty());
    });
}

#[test]
fn work_is_open_until_it_ends_however_it_ends() {
    process::alone(|| {
        let (telemetry, _) = telemetry(HOUR);
        under(&telemetry, || {
            let task = Task::default();
            let panicked = catch_unwind(|| execute(&task, &task.step(), || panic!("a fault")));
            assert!(panicked.is_err());
            drop(hanging(&task, &task.step()));
            assert!(telemetry.open_work().is_empty());
            // A transition that failed has moved nothing.
            assert!(fail_to_begin(&task).is_err());
            assert!(telemetry.open_work().is_empty());
            begin(&task);
            let fail = |state| transition(&task, "initializing", state, || telemetry.open_work().len());
            assert_eq!((fail("error"), telemetry.open_work().len()), (1, 0));
            // No code of this program ends these two.
            let [stale, forgotten] = [Task::default(), Task::default()];
            begin(&stale);
            record_transition(&stale, "initializing", "error", SystemTime::now());
            record_transition(&forgotten, "pending", "initializing", SystemTime::now());
            assert!(telemetry.open_work().is_empty());
        });
    });
}
