use opentelemetry::trace::{SpanKind, Status};

use super::{TASK, captured, execution, execution_id, made, of_step, root, transition};
use crate::identity;
use crate::testing::{Outline, Spans};

fn order() -> Spans {
    let trace = identity::trace_id(TASK).to_u128();
    let enqueuing = made("step.enqueuing", 3)
        .trace(trace)
        .child_of(2)
        .kind(SpanKind::Producer)
        .at(2, 3)
        .event("batch sent");
    let handler = of_step("handler.execution", 4).child_of(execution_id()).at(5, 8);
    let handler = handler.with("handler_name", "charge_payment").with("attempt_number", 1);
    captured([
        root().with("task_name", "fulfill_order").with("priority", 5),
        transition(2, "enqueuing_steps", "steps_in_process").at(1, 4),
        enqueuing,
        execution()
            .at(4, 9)
            .link(trace, 3)
            .link(77, 78)
            .failed("payment.declined", "card\nexpired"),
        handler.failed("payment.declined", "card\nexpired"),
    ])
}

#[test]
fn a_line_tells_a_span_from_its_siblings() {
    let expected = "\
task.orchestration fulfill_order
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing
  step.execution charge_payment attempt=1 ERROR payment.declined
    handler.execution ERROR payment.declined
";
    assert_eq!(order().to_tree_text(), expected);
    assert_eq!(order().to_string(), expected);
    assert_eq!(order().trees()[0].to_string(), expected);
}

#[test]
fn options_add_attributes_kinds_links_and_events() {
    let outline = Outline::new(&order())
        .attributes(&["priority", "step_uuid"])
        .kinds()
        .links()
        .events();
    let expected = "\
task.orchestration fulfill_order priority=5
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing producer
      · batch sent
  step.execution charge_payment attempt=1 consumer step_uuid=0198c0de-0000-7000-8000-000000000002 link=step.enqueuing \
link=elsewhere ERROR payment.declined
    handler.execution step_uuid=0198c0de-0000-7000-8000-000000000002 ERROR payment.declined
";
    assert_eq!(outline.to_string(), expected);
}

#[test]
fn outcomes_are_shown_last() {
    let spans = captured([
        made("a", 1).status(Status::error("only\ta description")),
        made("b", 2).status(Status::Ok),
        made("c", 3).with("tasker.cancelled", true),
        made("d", 4)
            .with("tasker.violation", "d has no parent")
            .failed("Broken", ""),
    ]);
    let expected = "\
a ERROR only\\ta description
b OK
c CANCELLED
d VIOLATION (d has no parent) ERROR Broken
";
    assert_eq!(spans.to_tree_text(), expected);
}

#[test]
fn control_characters_in_names_and_values_do_no_harm() {
    let spans = captured([
        made("a\nb", 1).with("handler_name", "\u{1b}[2J").event("x\r"),
        made("c", 2).link(1, 1),
    ]);
    let text = Outline::new(&spans).events().links().to_string();
    assert_eq!(text, "a\\nb \\u{1b}[2J\n  · x\\r\nc link=a\\nb\n");
}
