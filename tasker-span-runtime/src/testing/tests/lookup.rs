use std::panic::catch_unwind;

use super::{STEP, TASK, capture, captured, execution, made, of_step, of_task, root, transition};
use crate::testing::{Spans, Value};

fn message_of(panics: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let panic = catch_unwind(panics).expect_err("it panics");
    panic
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_else(|| panic.downcast_ref::<&str>().unwrap().to_string())
}

fn order() -> Spans {
    let transition = transition(2, "pending", "initializing");
    captured([root(), transition.at(1, 2), execution().at(3, 9)])
}

#[test]
fn filters_narrow_one_after_another() {
    let spans = order();
    assert_eq!(spans.with("task_uuid", TASK).len(), 3);
    let executions = spans.with("task_uuid", TASK).named("step.execution");
    assert_eq!(executions.with("attempt_number", 1).len(), 1);
    assert_eq!(spans.with("step_uuid", STEP).names(), ["step.execution"]);
    assert_eq!(spans.children_of(&spans.named("task.orchestration").one()).len(), 2);
    let long = spans.filter(|span| span.duration().as_millis() > 5);
    assert_eq!(long.names(), ["task.orchestration", "step.execution"]);
}

#[test]
fn values_match_in_their_type_only() {
    let spans = order();
    assert_eq!(spans.with("attempt_number", "1").len(), 0);
    assert_eq!(spans.with("attempt_number", Value::Integer(1)).len(), 1);
}

#[test]
fn a_task_owns_the_spans_of_its_trace() {
    let foreign = of_task("sqlx.query", 9).without("task_uuid");
    let spans = captured([root(), foreign, made("elsewhere", 3)]);
    assert_eq!(spans.of_task(TASK).names(), ["sqlx.query", "task.orchestration"]);
    assert_eq!(spans.tree_of(TASK).len(), 2);
}

#[test]
fn a_look_up_that_finds_nothing_shows_what_there_was() {
    let spans = capture(
        [root(), of_step("result.submission", 7).at(1, 2)],
        [("step.execution", 5, 9)],
    );
    let message = message_of(move || drop(spans.named("step.execution").with("step_uuid", STEP).one()));
    let expected = "\
expected one span named `step.execution`, with step_uuid=0198c0de-0000-7000-8000-000000000002; there is none
captured, 2 in all:
  task.orchestration
    result.submission
not ended yet: step.execution
";
    assert_eq!(message, expected);
}

#[test]
fn a_look_up_that_finds_several_shows_them() {
    let spans = captured([made("a", 1), made("a", 2).child_of(1)]);
    let message = message_of(move || drop(spans.named("a").one()));
    let expected = "\
expected one span named `a`; there are 2:
  a
    a
captured, 2 in all:
  a
    a
";
    assert_eq!(message, expected);
}

#[test]
fn a_look_up_without_a_filter_names_none() {
    let spans = captured([]);
    let message = message_of(move || drop(spans.one()));
    assert_eq!(message, "expected one span; there is none\nno span has ended\n");
}

#[test]
fn a_failed_check_lists_every_problem_and_the_tree() {
    let execution = execution().without("handler_name").without("namespace");
    let spans = captured([root(), execution.at(3, 9)]);
    let message = message_of(move || spans.assert_complete());
    let expected = "\
2 broken rules of the catalogue:
  - `step.execution` of task 0198c0de-0000-7000-8000-000000000001: required attribute `handler_name` is missing
  - `step.execution` of task 0198c0de-0000-7000-8000-000000000001: required attribute `namespace` is missing
  task.orchestration
    step.execution attempt=1
";
    assert_eq!(message, expected);
}

#[test]
fn an_empty_capture_is_not_complete() {
    assert_eq!(message_of(|| captured([]).assert_complete()), "no span has ended");
}

#[test]
fn spans_of_the_catalogue_that_are_absent_are_listed() {
    let absent = order().absent();
    assert_eq!(absent.len(), 6);
    assert_eq!(absent[0], "step.discovery");
}
