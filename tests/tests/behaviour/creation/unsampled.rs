//! Creations whose caller or task is unsampled, with errors inside.

use tasker_span_tests::prelude::*;

use super::functions::{check, create, learn, note, rated, validate, whole};

#[test]
fn rates_change_before_the_task_is_learned() {
    let capture = Capture::start();
    let task = rated(false);
    create(&task, || {
        note(&task);
        capture.set_sampling(&Sampling::new().task_rate(0.5));
        learn(&task);
    });
    whole(&capture, &[&task]);
}

#[test]
fn a_step_that_is_unsampled_around_a_task_span() {
    #[step_span("step.repair", within = "step.execution", step_uuid = step.workflow_step_uuid, correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn repair(task: &Task, step: &Step, work: impl FnOnce()) {
        work();
    }

    for early in [false, true] {
        let capture = sampling::no_steps();
        let task = Task::default();
        repair(&task, &task.step(), || {
            if early {
                learn(&task);
            }
            note(&task);
            if !early {
                learn(&task);
            }
        });
        assert!(!capture.spans().is_empty());
        whole(&capture, &[&task]);
    }
}

/// A function that both sides run, and that asks the database whose step it is.
#[test]
fn a_task_span_learns_the_task_of_the_unsampled_step_around_it() {
    #[task_span("task.loading", within = ["task.orchestration", "step.execution"], late(task_uuid, correlation_id, namespace))]
    fn load(task: &Task) {
        span_record!(subject = task);
    }

    let capture = sampling::no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || load(&task));
    assert_eq!(capture.spans().one().parent_span_id(), Some(task.root_id()));
    whole(&capture, &[&task]);
}

/// A message is delivered twice before the task is known.
#[test]
fn a_repeated_attempt_in_an_unsampled_creation_has_an_id_of_its_own() {
    let attempts: [fn(&Task, &Step); 2] = [
        |task, step| {
            let span = step_scope!("step.execution", task = task, step = step);
            let _ = span.try_in_scope(|| Err::<(), _>("declined"));
        },
        |task, step| execute(task, step, fail),
    ];
    for attempt in attempts {
        let (capture, task) = (sampling::no_tasks(), rated(false));
        let step = task.step();
        create(&task, || {
            attempt(&task, &step);
            attempt(&task, &step);
            learn(&task);
        });
        let executions = capture.spans().named("step.execution");
        assert_eq!(executions.len(), 2);
        let ids: std::collections::BTreeSet<_> = executions.iter().map(CapturedSpan::span_id).collect();
        assert!(ids.len() == 2 && ids.contains(&step.execution_id()));
        assert_eq!(executions.with("tasker.attempt_repeated", true).len(), 1);
    }
}

#[test]
fn an_attempt_in_an_unsampled_creation_that_is_not_exported_leaves_its_id() {
    let (capture, task) = (sampling::no_tasks(), rated(false));
    let step = task.step();
    create(&task, || {
        execute(&task, &step, || ());
        learn(&task);
    });
    execute(&task, &step, fail);
    let execution = capture.spans().named("step.execution").one();
    assert_eq!(execution.span_id(), step.execution_id());
}

/// A handler creates a task, and a part of its step fails meanwhile.
#[test]
fn a_span_of_the_step_that_creates_a_task_has_its_execution_exported() {
    let capture = sampling::no_tasks();
    let (creator, created) = (rated(false), rated(false));
    let step = creator.step();
    let create_one = || {
        create(&created, || {
            let check = step_scope!("step.checking", within = "step.execution", task = creator, step = step);
            let _ = check.try_in_scope(|| Err::<(), _>("declined"));
            learn(&created);
        });
    };
    execute(&creator, &step, || handle(create_one));
    let spans = capture.spans();
    let execution = spans.named("step.execution").one();
    assert_eq!(
        spans.named("step.checking").one().parent_span_id(),
        Some(execution.span_id())
    );
    whole(&capture, &[&creator, &created]);
}

/// What has failed waits for the outer creation, after the inner one has its place.
#[test]
fn work_fails_inside_two_unsampled_creations() {
    let places: [fn(&Task); 3] = [
        |task| learn(task),
        |_| drop(TraceContext::current()),
        |task| {
            let _ = TraceContext::current();
            learn(task);
        },
    ];
    for place in places {
        let (capture, task) = (sampling::no_tasks(), rated(false));
        create(&rated(false), || {
            create(&task, || {
                let _ = validate(check);
                place(&task);
            });
        });
        assert_eq!(capture.spans().named("request.check").len(), 1);
        whole(&capture, &[&task]);
    }
}

#[test]
fn inside_an_unsampled_creation_work_fails_and_is_caught() {
    for n in 0..20 {
        let capture = Capture::start();
        capture.set_sampling(&Sampling::new().task_rate(0.5));
        let task = rated(false);
        create(&task, || {
            learn(&task);
            let _ = check();
        });
        assert!(!capture.spans().is_empty(), "{n}");
        whole(&capture, &[&task]);
    }
}

#[test]
fn what_was_spawned_fails_after_its_parent_and_before_the_task() {
    for n in 0..20 {
        let capture = Capture::start();
        capture.set_sampling(&Sampling::new().task_rate(0.5));
        let task = rated(false);
        create(&task, || {
            let spawned = validate(|| in_current_scope(check));
            let _ = spawned();
            learn(&task);
        });
        assert!(!capture.spans().is_empty(), "{n}");
        whole(&capture, &[&task]);
    }
}

#[test]
fn a_known_task_s_span_fails_in_an_unsampled_creation() {
    #[task_span("task.failing", within = "task.orchestration")]
    fn fail_task(task: &Task) -> Result<(), String> {
        Err("no".to_owned())
    }

    for early in [true, false] {
        for _ in 0..20 {
            let capture = Capture::start();
            capture.set_sampling(&Sampling::new().task_rate(0.5));
            let task = rated(false);
            create(&task, || {
                if early {
                    learn(&task);
                }
                let _ = fail_task(&task);
                if !early {
                    learn(&task);
                }
            });
            assert!(!capture.spans().is_empty());
            whole(&capture, &[&task]);
        }
    }
}

#[test]
fn a_sampled_task_in_an_unsampled_creation() {
    for n in 0..20 {
        let capture = Capture::start();
        capture.set_sampling(&Sampling::new().task_rate(0.5));
        let (task, other) = (rated(false), rated(true));
        create(&task, || {
            learn(&task);
            note(&other);
        });
        assert!(!capture.spans().is_empty(), "{n}");
        whole(&capture, &[&task, &other]);
    }
}

#[test]
fn an_unsampled_caller_that_never_learns() {
    let capture = Capture::start();
    let unsampled = TraceContext::from_headers(Some("00-000000000000000000000000000000aa-00000000000000bb-00"), None);
    let _request = unsampled.context().attach();
    let task = Task::default();
    create(&task, || note(&task));
    whole(&capture, &[&task]);
}

#[test]
fn a_lost_handler_fails_in_an_unsampled_execution_in_a_creation() {
    #[step_span("handler.execution")]
    fn failing(task: &Task, step: &Step) -> Result<(), String> {
        Err("no".to_owned())
    }
    for early in [true, false] {
        let capture = sampling::no_steps();
        let task = Task::default();
        let step = task.step();
        create(&task, || {
            if early {
                learn(&task);
            }
            execute(&task, &step, || {
                std::thread::scope(|threads| {
                    threads
                        .spawn(|| capture.run(|| drop(failing(&task, &step))))
                        .join()
                        .unwrap();
                });
            });
            if !early {
                learn(&task);
            }
        });
        whole(&capture, &[&task]);
    }
}

#[test]
fn a_root_for_a_creation_that_was_sampled_before_the_rates_changed() {
    let capture = Capture::start();
    capture.set_sampling(&Sampling::new().task_rate(0.5));
    let unsampled = TraceContext::from_headers(Some("00-000000000000000000000000000000aa-00000000000000bb-00"), None);
    let task = rated(true);
    {
        let _request = unsampled.context().attach();
        create(&task, || learn(&task));
    }
    assert_eq!(capture.spans().len(), 1);
    capture.set_sampling(&Sampling::new().task_rate(0.0));
    transition(&task, "evaluating_results", "complete", || ());
    assert_eq!(
        capture.spans().named("task.orchestration").len(),
        1,
        "{}",
        capture.spans().to_tree_text()
    );
}

#[test]
fn an_attempt_that_succeeded_unsampled_inside_a_creation_is_free_again() {
    let capture = sampling::no_steps();
    let task = Task::default();
    let step = task.step();
    create(&task, || {
        execute(&task, &step, || ());
        learn(&task);
    });
    capture.clear();
    capture.set_sampling(&Sampling::new());
    execute(&task, &step, || ());
    assert_eq!(
        capture.spans().named("step.execution").one().span_id(),
        step.execution_id()
    );
}
