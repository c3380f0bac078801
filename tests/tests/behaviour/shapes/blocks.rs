//! The block form.

use tasker_span_tests::prelude::*;

use super::{span_of, span_of_future};

#[test]
fn a_closure_a_guard_and_a_future() {
    let (value, span) = span_of(|task| {
        let span = task_scope!("task.orchestration", task = task, fields(batch = 7));
        span.in_scope(|| task.priority)
    });
    assert_eq!((value, span.integer("batch")), (3, Some(7)));

    let ((), span) = span_of(|task| {
        let step = task.step();
        let _entered = step_scope!("step.execution", step = step, task = task, level = "debug").enter();
    });
    assert_eq!(span.text("handler_name"), Some("charge_payment"));

    let (value, span) = span_of_future(|task| async move {
        let span = task_scope!("task.audit", within = "task.orchestration", task = task);
        span.try_instrument(async { Err::<i32, _>("refused") }).await
    });
    assert!(value.is_err() && span.is_error());
}

#[test]
fn an_expression_in_the_middle_of_a_function() {
    let (sum, _) = span_of(|task: Task| {
        let id = task.task_uuid;
        1 + task_scope!(
            "task.orchestration",
            task_uuid = id,
            correlation_id = id,
            namespace = "x"
        )
        .in_scope(|| 2)
    });
    assert_eq!(sum, 3);
}
