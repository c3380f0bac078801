//! `decide`: the next transition of a task, for all states of the task and its steps.

use std::time::Duration;

use serde_json::Value;
use tasker_span_demo::tasker::{
    ExecutionStatus, StepExecutionResult, StepFailure, StepTemplate, TaskContext, TaskEvent, TaskRequest, TaskState,
    TaskTemplate, Trigger, Work, WorkflowStep, WorkflowStepState, decide,
};
use uuid::Uuid;

/// `validate` before `charge` and `reserve`.
fn fresh() -> TaskContext {
    let step = |name: &str| StepTemplate::new(name, name);
    let steps = [
        step("validate"),
        step("charge").after(["validate"]).attempts(3, Duration::from_secs(1)),
        step("reserve").after(["validate"]),
    ];
    let template = TaskTemplate::new("shop", "order", steps).unwrap();
    let (task, steps) = template.instantiate(TaskRequest::new("shop", "order", Value::Null));
    let children = [].into();
    TaskContext { task, steps, children }
}

fn step<'a>(context: &'a mut TaskContext, name: &str) -> &'a mut WorkflowStep {
    context.steps.iter_mut().find(|step| step.name == name).unwrap()
}

/// With `validate` complete, and the other two in these states after an attempt that succeeded or
/// failed.
fn with(charge: (WorkflowStepState, bool), reserve: (WorkflowStepState, bool)) -> TaskContext {
    let mut context = fresh();
    let steps = [
        ("validate", (WorkflowStepState::Complete, true)),
        ("charge", charge),
        ("reserve", reserve),
    ];
    for (name, (state, success)) in steps {
        let error = (!success).then(|| StepFailure::retryable("timeout", "no answer"));
        let step = step(&mut context, name);
        step.state = state;
        step.attempt = Some(1);
        step.result = Some(StepExecutionResult {
            success,
            error,
            ..StepExecutionResult::default()
        });
    }
    context
}

/// All combinations of step states that `decide` tells apart.
fn contexts() -> Vec<(&'static str, TaskContext)> {
    use WorkflowStepState as State;
    let complete = (State::Complete, true);
    let under_way = (State::InProgress, true);
    let reported = (State::EnqueuedForOrchestration, true);
    let mut waiting = with(complete, complete);
    let child = Uuid::now_v7();
    let result = step(&mut waiting, "reserve").result.as_mut().unwrap();
    result.child_tasks.push(child);
    let mut failed_child = waiting.clone();
    failed_child.children.insert(child, TaskState::Error);
    vec![
        ("fresh", fresh()),
        ("under way", with(under_way, complete)),
        ("one reported", with(reported, under_way)),
        ("all reported", with(reported, reported)),
        (
            "failure reported",
            with((State::EnqueuedForOrchestration, false), complete),
        ),
        ("retry", with((State::WaitingForRetry, false), complete)),
        ("failed", with(complete, (State::Error, false))),
        ("child runs", waiting),
        ("child failed", failed_child),
        ("complete", with(complete, complete)),
    ]
}

fn decision(state: TaskState, context: &TaskContext, trigger: Trigger) -> Option<(TaskEvent, Work)> {
    decide(state, context, trigger).unwrap()
}

fn work(work: &Work) -> &'static str {
    match work {
        Work::Nothing => "",
        Work::DiscoverSteps => " + discover",
        Work::EnqueueSteps(_) => " + enqueue",
        Work::EvaluateResults => " + evaluate",
        Work::ScheduleRetry(_) => " + schedule",
        Work::ReleaseFailedSteps => " + release",
        Work::Finalize => " + finalize",
    }
}

/// A line for each decision, with the names of its contexts.
fn decisions(state: TaskState, trigger: Trigger) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, context) in contexts() {
        let decided = decision(state, &context, trigger);
        let decided = decided.map_or_else(|| "nothing".to_owned(), |(event, by)| format!("{event}{}", work(&by)));
        match lines.iter_mut().find(|(line, _)| *line == decided) {
            Some((_, names)) => names.push(name),
            None => lines.push((decided, vec![name])),
        }
    }
    let all = contexts().len();
    let names = |names: &[&str]| {
        if names.len() == all {
            "always".to_owned()
        } else {
            names.join(", ")
        }
    };
    lines
        .iter()
        .map(|(line, contexts)| format!("{}: {line}", names(contexts)))
        .collect()
}

#[test]
fn the_state_and_the_steps_decide() {
    let expected: [(TaskState, &[&str]); 12] = [
        (TaskState::Pending, &["always: start"]),
        (
            TaskState::Initializing,
            &[
                "fresh: ready_steps_found + discover",
                "under way, one reported, all reported, failure reported, retry, failed, child runs, child failed, \
                 complete: no_dependencies_ready",
            ],
        ),
        (TaskState::EnqueuingSteps, &["always: steps_enqueued + enqueue"]),
        (
            TaskState::StepsInProcess,
            &[
                "fresh, all reported, failure reported, retry, failed, child runs, child failed, complete: \
                 all_steps_completed + evaluate",
                "under way, one reported: nothing",
            ],
        ),
        (
            TaskState::EvaluatingResults,
            &[
                "fresh: ready_steps_found",
                "under way, one reported, all reported, failure reported: nothing",
                "retry: step_failed + schedule",
                "failed, child failed: permanent_failure",
                "child runs: no_dependencies_ready",
                "complete: all_steps_successful + finalize",
            ],
        ),
        (
            TaskState::WaitingForDependencies,
            &[
                "fresh, under way, one reported, all reported, failure reported, retry, failed, child failed, complete: \
                 dependencies_ready",
                "child runs: nothing",
            ],
        ),
        (TaskState::WaitingForRetry, &["always: nothing"]),
        (TaskState::BlockedByFailures, &["always: give_up + finalize"]),
        (TaskState::Complete, &["always: nothing"]),
        (TaskState::Error, &["always: nothing"]),
        (TaskState::Cancelled, &["always: nothing"]),
        (TaskState::ResolvedManually, &["always: nothing"]),
    ];
    assert_eq!(expected.map(|(state, _)| state), TaskState::ALL);
    for (state, lines) in expected {
        assert_eq!(decisions(state, Trigger::News), lines, "{state}");
    }
}

#[test]
fn a_result_that_makes_a_step_ready_is_evaluated_while_others_run() {
    let mut context = with(
        (WorkflowStepState::Pending, true),
        (WorkflowStepState::InProgress, true),
    );
    step(&mut context, "validate").state = WorkflowStepState::EnqueuedForOrchestration;
    let decided = decision(TaskState::StepsInProcess, &context, Trigger::News);
    assert!(
        matches!(decided, Some((TaskEvent::StepCompleted, Work::EvaluateResults))),
        "{decided:?}"
    );
}

#[test]
fn only_viable_steps_are_enqueued() {
    for (state, expected) in [
        (WorkflowStepState::Pending, &["validate"][..]),
        (WorkflowStepState::Complete, &["charge", "reserve"]),
    ] {
        let mut context = fresh();
        step(&mut context, "validate").state = state;
        let Some((_, Work::EnqueueSteps(steps))) = decision(TaskState::EnqueuingSteps, &context, Trigger::News) else {
            panic!("{state}");
        };
        assert_eq!(
            steps.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(),
            expected
        );
    }
}

#[test]
fn a_reminder_ends_only_its_own_wait() {
    for (name, context) in contexts() {
        let attempts = context.attempts();
        for state in TaskState::ALL {
            let early = decisions(*state, Trigger::RetryReady { attempts: attempts + 1 });
            assert_eq!(early, decisions(*state, Trigger::News), "{state} {name}");
        }
        let due = decision(TaskState::WaitingForRetry, &context, Trigger::RetryReady { attempts });
        assert!(
            matches!(due, Some((TaskEvent::RetryReady, Work::ReleaseFailedSteps))),
            "{name}"
        );
    }
}

#[test]
fn a_cancelled_task_ends_unless_it_has_ended() {
    for state in TaskState::ALL {
        let expected = if state.is_terminal() {
            "always: nothing"
        } else {
            "always: cancel + finalize"
        };
        assert_eq!(decisions(*state, Trigger::Cancel), [expected]);
    }
}

#[test]
fn the_state_machine_allows_what_is_decided() {
    for (name, context) in contexts() {
        let attempts = context.attempts();
        for state in TaskState::ALL {
            for trigger in [Trigger::News, Trigger::Cancel, Trigger::RetryReady { attempts }] {
                if let Some((event, _)) = decision(*state, &context, trigger) {
                    assert!(state.on(event).is_ok(), "{state} {name} {trigger:?}: {event}");
                }
            }
        }
    }
}

#[test]
fn a_retry_waits_longer_each_time_until_the_attempts_are_used_up() {
    let charged = |attempt, failure| {
        let mut context = with(
            (WorkflowStepState::EnqueuedForOrchestration, false),
            (WorkflowStepState::Complete, true),
        );
        let charge = step(&mut context, "charge");
        charge.attempt = Some(attempt);
        charge.result.as_mut().unwrap().error = Some(failure);
        context.evaluated().unwrap().execution_status()
    };
    let timeout = || StepFailure::retryable("timeout", "no answer");
    for (attempt, seconds) in [(1, 1), (2, 2)] {
        let ExecutionStatus::WaitingForRetry(delay) = charged(attempt, timeout()) else {
            panic!("attempt {attempt}");
        };
        assert_eq!(delay, Duration::from_secs(seconds));
    }
    for status in [
        charged(3, timeout()),
        charged(1, StepFailure::permanent("declined", "no money")),
    ] {
        assert!(matches!(status, ExecutionStatus::BlockedByFailures), "{status:?}");
    }
}
