//! The state machines of tasks and steps, and the checks of templates.

use std::collections::HashSet;

use serde_json::json;
use tasker_span_demo::tasker::{StepEvent, StepTemplate, TaskEvent, TaskState, TaskTemplate, WorkflowStepState};

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
    for _ in TaskState::ALL {
        let next = reached
            .iter()
            .flat_map(|state| TaskEvent::ALL.iter().filter_map(|event| state.on(*event).ok()));
        let next = next.collect::<Vec<_>>();
        reached.extend(next);
    }
    assert_eq!(reached.len(), TaskState::ALL.len());
}

#[test]
fn states_have_the_same_names_in_json_and_in_the_trace() {
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
        "invalid template: shop/order: two steps with one name"
    );
    assert_eq!(
        error(vec![step("a").after(["b"])]),
        "invalid template: shop/order: dependency on the unknown step `b`"
    );
    assert_eq!(
        error(vec![step("a"), step("b").after(["a", "c"]), step("c").after(["b"])]),
        "invalid template: shop/order: circular dependencies"
    );
}
