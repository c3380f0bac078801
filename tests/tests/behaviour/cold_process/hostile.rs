//! Members that are broken, or about another task.

use super::*;

#[test]
fn a_broken_member_is_left_out_and_counted() {
    let task = Task::default();
    let (id, other) = (task.task_uuid.simple(), Uuid::now_v7().simple());
    let correlation_id = task.correlation_id.simple();
    for value in [
        "x".to_owned(),
        format!("t:{id};c:00000000000000000000000000000000"),
        format!("t:{id};c:{correlation_id};n:%FF"),
        format!("t:{id};c:{correlation_id};n:%0a"),
        format!("t:{id};c:{correlation_id};c:{correlation_id}"),
        format!("t:{other};c:{correlation_id};n:payments"),
        format!("c:{correlation_id};n:payments"),
    ] {
        let before = stats();
        let sent = message(&task, &format!("a=1,tasker={value},b=2"));
        assert_eq!(sent.tracestate(), Some("a=1,b=2"), "{value}");
        assert!(stats().since(&before).tracestate_members_ignored >= 1, "{value}");
        let capture = Capture::start();
        process_message(task.task_uuid, &sent, || ());
        assert_eq!(known(&capture.spans(), "task.result"), NOTHING);
    }
}

#[test]
fn a_message_about_another_task_tells_nothing_of_this_one() {
    let (task, other) = (Task::default(), Task::default());
    let capture = Capture::start();
    process_message(task.task_uuid, &message(&other, &member(&other)), || ());
    assert_eq!(known(&capture.spans(), "task.result"), NOTHING);
    capture.clear();
    process_result(other.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&other));
}

#[test]
fn own_values_win() {
    let task = Task::default();
    let lie = Task {
        correlation_id: Uuid::new_v4(),
        namespace_name: "lies".to_owned(),
        ..task.clone()
    };
    let sent = message(&task, &member(&lie));
    // The process knew better before.
    let capture = Capture::strict();
    begin(&task);
    process_message(task.task_uuid, &sent, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
    drop(capture);

    // It learns better afterwards, and the span that believed the message does not bring its values back.
    let capture = Capture::strict();
    process_message(task.task_uuid, &sent, || {
        begin(&task);
        process_result(task.task_uuid, || ());
        in_current_scope(|| process_result(task.task_uuid, || ()))();
    });
    capture.clear();
    process_result(task.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
    assert_eq!(
        process_result(task.task_uuid, TraceContext::current).tracestate(),
        Some(&*member(&task))
    );
}

#[test]
fn of_two_messages_the_first_is_believed() {
    let task = Task::default();
    let lie = Task {
        correlation_id: Uuid::new_v4(),
        namespace_name: "lies".to_owned(),
        ..task.clone()
    };
    let capture = Capture::strict();
    let messages = [&task, &lie].map(|told| message(&task, &member(told)));
    messages.iter().for_each(TraceContext::insert_identity);
    process_result(task.task_uuid, || ());
    assert_eq!(known(&capture.spans(), "task.result"), all_of(&task));
}
