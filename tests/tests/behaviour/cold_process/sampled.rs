//! Sampling on both sides of a message.

use super::*;

#[step_span("step.execution", link = sender, task_uuid = task_id, step_uuid = step_id, handler_name = "h", attempt_number = 1, inherit)]
fn receive<E: std::fmt::Display>(
    task_id: Uuid,
    step_id: Uuid,
    sender: &TraceContext,
    result: Result<(), E>,
) -> Result<(), E> {
    result
}

#[test]
fn an_unsampled_sender_tells_of_the_task_too() {
    let task = Task::default();
    let _capture = no_steps();
    let sent = execute(&task, &task.step(), TraceContext::current);
    assert!(!sent.is_sampled());
    assert_eq!(sent.tracestate(), Some(&*member(&task)));
}

#[test]
fn a_sampled_sender_keeps_its_threshold() {
    let task = Task::default();
    let capture = sampling::at(Sampling::new().step_rate(0.999));
    let sent = execute(&task, &task.step(), TraceContext::current);
    assert!(sent.is_sampled(), "one of a thousand is not");
    let (ours, others) = sent.tracestate().unwrap().split_once(',').unwrap();
    assert_eq!(ours, member(&task));
    assert_eq!(others, capture.spans().one().tracestate());
    assert!(others.starts_with("ot=th:"));
}

#[test]
fn the_rate_is_that_of_the_namespace_which_the_message_tells() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let step = task.step().workflow_step_uuid;
    for (rates, is_sampled) in [
        (Sampling::new().step_rate(0.0).namespace_rate("payments", 1.0), true),
        (Sampling::new().namespace_rate("payments", 0.0), false),
    ] {
        let capture = sampling::at(rates);
        let _ = receive::<&str>(task.task_uuid, step, &sent, Ok(()));
        assert_eq!(capture.spans().len(), usize::from(is_sampled));
    }
}

#[test]
fn an_unsampled_span_that_fails_is_whole() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let capture = no_steps();
    let _ = receive(task.task_uuid, task.step().workflow_step_uuid, &sent, Err("declined"));
    let spans = capture.spans();
    assert_eq!(known(&spans, "step.execution"), all_of(&task));
    assert_eq!(spans.one().text("tasker.sampled_by"), Some("error"));
    assert_eq!(spans.one().text("tasker.violation"), None);
}
