//! The small Tasker behind the examples: its state machines, templates and readiness, without any trace.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use tasker_span_demo::tasker::{
    ExecutionStatus, StepEvent, StepExecutionResult, StepFailure, StepTemplate, TaskContext, TaskEvent, TaskRequest,
    TaskState, TaskTemplate, WorkflowStep, WorkflowStepState,
};
use uuid::Uuid;

/// `validate` before `charge` and `reserve`, both before `ship`.
fn context() -> TaskContext {
    let step = |name: &str| StepTemplate::new(name, name);
    let steps = [
        step("validate"),
        step("charge").after(["validate"]).attempts(3, Duration::from_secs(1)),
        step("reserve").after(["validate"]),
        step("ship").after(["charge", "reserve"]),
    ];
    let template = TaskTemplate::new("shop", "order", steps).unwrap();
    let (task, steps) = template.instantiate(TaskRequest::new("shop", "order", Value::Null));
    let children = [].into();
    TaskContext { task, steps, children }
}

fn step<'a>(context: &'a mut TaskContext, name: &str) -> &'a mut WorkflowStep {
    context.steps.iter_mut().find(|step| step.name == name).unwrap()
}

fn complete(context: &mut TaskContext, name: &str) {
    let step = step(context, name);
    step.state = WorkflowStepState::Complete;
    step.result = Some(StepExecutionResult {
        success: true,
        ..StepExecutionResult::default()
    });
}

fn fail(context: &mut TaskContext, name: &str, attempt: u32, failure: StepFailure) {
    let step = step(context, name);
    step.state = WorkflowStepState::EnqueuedForOrchestration;
    step.attempt = Some(attempt);
    step.result = Some(StepExecutionResult {
        error: Some(failure),
        ..StepExecutionResult::default()
    });
}

fn ready(status: &ExecutionStatus) -> Vec<&str> {
    match status {
        ExecutionStatus::HasReadySteps(steps) => steps.iter().map(|step| step.name.as_str()).collect(),
        _ => panic!("{status:?}"),
    }
}

#[test]
fn a_task_goes_through_its_states() {
    let path = [
        (TaskEvent::Start, "initializing"),
        (TaskEvent::ReadyStepsFound, "enqueuing_steps"),
        (TaskEvent::StepsEnqueued, "steps_in_process"),
        (TaskEvent::AllStepsCompleted, "evaluating_results"),
        (TaskEvent::StepFailed, "waiting_for_retry"),
        (TaskEvent::RetryReady, "enqueuing_steps"),
        (TaskEvent::StepsEnqueued, "steps_in_process"),
        (TaskEvent::StepCompleted, "evaluating_results"),
        (TaskEvent::NoDependenciesReady, "waiting_for_dependencies"),
        (TaskEvent::DependenciesReady, "evaluating_results"),
        (TaskEvent::PermanentFailure, "blocked_by_failures"),
        (TaskEvent::ManualResolution, "resolved_manually"),
    ];
    let end = path.iter().fold(TaskState::Pending, |state, (event, next)| {
        let state = state.on(*event).unwrap();
        assert_eq!(state.as_str(), *next);
        state
    });
    assert!(end.is_terminal());
}

#[test]
fn only_some_events_are_allowed_in_a_state() {
    let allowed = |state: &TaskState| TaskEvent::ALL.iter().filter(|event| state.on(**event).is_ok()).count();
    assert_eq!(
        TaskState::ALL.iter().map(allowed).collect::<Vec<_>>(),
        [2, 3, 3, 3, 6, 2, 2, 3, 0, 0, 0, 0]
    );
    let error = TaskState::Complete.on(TaskEvent::Cancel).unwrap_err();
    assert_eq!(error.to_string(), "`cancel` is not allowed in state `complete`");

    let allowed = |state: &WorkflowStepState| StepEvent::ALL.iter().filter(|event| state.on(**event).is_ok()).count();
    assert_eq!(
        WorkflowStepState::ALL.iter().map(allowed).collect::<Vec<_>>(),
        [3, 3, 3, 5, 3, 0, 1, 0, 0]
    );
}

#[test]
fn every_state_can_be_reached() {
    let mut reached = HashSet::from([TaskState::Pending]);
    while {
        let next = reached
            .iter()
            .flat_map(|state| TaskEvent::ALL.iter().filter_map(|event| state.on(*event).ok()));
        let next = next.collect::<Vec<_>>();
        let before = reached.len();
        reached.extend(next);
        reached.len() > before
    } {}
    assert_eq!(reached.len(), TaskState::ALL.len());
}

#[test]
fn states_are_named_in_json_as_in_the_trace() {
    for state in TaskState::ALL {
        assert_eq!(json!(state), json!(state.to_string()));
    }
    for state in WorkflowStepState::ALL {
        assert_eq!(json!(state), json!(state.to_string()));
    }
}

#[test]
fn templates_are_checked() {
    let step = |name: &str| StepTemplate::new(name, "handler");
    let error = |steps: Vec<StepTemplate>| TaskTemplate::new("shop", "order", steps).unwrap_err().to_string();
    assert_eq!(error(vec![]), "invalid template: shop/order: no steps");
    assert_eq!(
        error(vec![step("a"), step("a")]),
        "invalid template: shop/order: two steps of one name"
    );
    assert_eq!(
        error(vec![step("a").after(["b"])]),
        "invalid template: shop/order: dependency on `b`, which is no step"
    );
    assert_eq!(
        error(vec![step("a"), step("b").after(["a", "c"]), step("c").after(["b"])]),
        "invalid template: shop/order: circular dependencies"
    );
}

#[test]
fn steps_become_ready_as_their_dependencies_are_done() {
    let mut context = context();
    assert_eq!(ready(&context.execution_status()), ["validate"]);
    complete(&mut context, "validate");
    assert_eq!(ready(&context.execution_status()), ["charge", "reserve"]);
    complete(&mut context, "charge");
    step(&mut context, "reserve").state = WorkflowStepState::InProgress;
    assert!(matches!(context.execution_status(), ExecutionStatus::Processing));
    complete(&mut context, "reserve");
    assert_eq!(ready(&context.execution_status()), ["ship"]);
    complete(&mut context, "ship");
    assert!(matches!(context.execution_status(), ExecutionStatus::AllComplete));
}

#[test]
fn a_failed_step_waits_longer_each_time_and_blocks_in_the_end() {
    let mut context = context();
    complete(&mut context, "validate");
    complete(&mut context, "reserve");
    for (attempt, wait) in [(1, 1), (2, 2)] {
        fail(
            &mut context,
            "charge",
            attempt,
            StepFailure::retryable("timeout", "no answer"),
        );
        let ExecutionStatus::WaitingForRetry(delay) = context.evaluated().unwrap().execution_status() else {
            panic!("{context:?}");
        };
        assert_eq!(delay, Duration::from_secs(wait));
    }
    fail(
        &mut context,
        "charge",
        3,
        StepFailure::retryable("timeout", "no answer"),
    );
    assert!(matches!(
        context.evaluated().unwrap().execution_status(),
        ExecutionStatus::BlockedByFailures
    ));
    fail(
        &mut context,
        "charge",
        1,
        StepFailure::permanent("declined", "no money"),
    );
    assert!(matches!(
        context.evaluated().unwrap().execution_status(),
        ExecutionStatus::BlockedByFailures
    ));
}

#[test]
fn a_step_is_done_when_the_tasks_that_it_requested_are() {
    let child = Uuid::now_v7();
    let mut context = context();
    complete(&mut context, "validate");
    complete(&mut context, "charge");
    complete(&mut context, "reserve");
    step(&mut context, "reserve")
        .result
        .as_mut()
        .unwrap()
        .child_tasks
        .push(child);

    // Not created yet, then running, then ended.
    assert!(matches!(
        context.execution_status(),
        ExecutionStatus::WaitingForDependencies
    ));
    context.children.insert(child, TaskState::StepsInProcess);
    assert!(matches!(
        context.execution_status(),
        ExecutionStatus::WaitingForDependencies
    ));
    context.children.insert(child, TaskState::Complete);
    assert_eq!(ready(&context.execution_status()), ["ship"]);
    context.children.insert(child, TaskState::Error);
    assert!(matches!(context.execution_status(), ExecutionStatus::BlockedByFailures));
}
