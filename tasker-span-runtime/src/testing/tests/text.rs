use super::{TASK, captured, execution, execution_id, made, of_step, root, transition};
use crate::identity;
use crate::testing::{Spans, TreeText};

fn order() -> Spans {
    let handler = of_step("handler.execution", 4).child_of(execution_id()).at(102, 140);
    let handler = handler.with("handler_name", "charge_payment").with("attempt_number", 1);
    let retry = of_step("step.execution", 8)
        .with("handler_name", "charge_payment")
        .at(700, 738);
    captured([
        root()
            .with("task_name", "fulfill_order")
            .with("tasker.final_state", "complete"),
        transition(2, "pending", "initializing").at(1, 2),
        transition(3, "initializing", "enqueuing_steps").at(2, 5),
        made("step.discovery", 6)
            .trace(identity::trace_id(TASK).to_u128())
            .child_of(3)
            .at(3, 5),
        execution()
            .at(101, 141)
            .failed("payment.declined", "card declined by issuer"),
        handler.failed("payment.declined", "card declined by issuer"),
        retry.with("attempt_number", 2).with("max_attempts", 3),
        of_step("result.submission", 9)
            .child_of(8)
            .at(738, 738)
            .with("tasker.cancelled", true),
    ])
}

#[test]
fn columns_are_aligned() {
    let expected = "\
task.orchestration  fulfill_order  complete                  +0 µs   1.24 s
├─ task.state_transition  pending → initializing          +1.00 ms  1.00 ms
├─ task.state_transition  initializing → enqueuing_steps  +2.00 ms  3.00 ms
│  └─ step.discovery                                      +3.00 ms  2.00 ms
├─ step.execution  charge_payment  attempt 1/3             +101 ms  40.0 ms  ✗ payment.declined: card \
declined by issuer
│  └─ handler.execution                                    +102 ms  38.0 ms  ✗ payment.declined: card \
declined by issuer
└─ step.execution  charge_payment  attempt 2/3             +700 ms  38.0 ms
   └─ result.submission                                    +738 ms     0 µs  ✗ cancelled
";
    assert_eq!(TreeText::new(&order()).render(), expected);
}

#[test]
fn the_handler_tells_a_step_transition_from_others() {
    let transition = |id, from, to| {
        of_step("step.state_transition", id)
            .with("from_state", from)
            .with("to_state", to)
    };
    let spans = captured([
        root(),
        transition(5, "pending", "enqueued").at(1, 2),
        execution().at(3, 9),
        transition(6, "enqueued", "in_progress")
            .child_of(execution_id())
            .at(4, 5),
    ]);
    let expected = "\
task.orchestration                                               +0 µs   1.24 s
├─ step.state_transition  pending → enqueued  charge_payment  +1.00 ms  1.00 ms
└─ step.execution  charge_payment  attempt 1/3                +3.00 ms  6.00 ms
   └─ step.state_transition  enqueued → in_progress           +4.00 ms  1.00 ms
";
    assert_eq!(TreeText::new(&spans).render(), expected);
}

#[test]
fn a_name_is_shown_once_through_spans_of_other_code() {
    let child = |name: &'static str, id, parent| of_step(name, id).child_of(parent).with("attempt_number", 1);
    let other = || made("other", 7).trace(identity::trace_id(TASK).to_u128());
    let spans = captured([
        root().with("task_name", "fulfill_order"),
        execution(),
        other().child_of(execution_id()),
        child("step.charge", 8, 7).with("handler_name", "charge_payment"),
        child("step.state_transition", 9, 7)
            .with("from_state", "enqueued")
            .with("to_state", "in_progress"),
        child("step.refund", 10, 7).with("handler_name", "refund_payment"),
    ]);
    let text = TreeText::new(&spans).render();
    let lines = text
        .lines()
        .map(|line| line.trim_start_matches(['│', '├', '└', '─', ' ']));
    let shown: Vec<_> = lines.map(|line| line.split(" +").next().unwrap().trim_end()).collect();
    assert_eq!(
        shown[1..],
        [
            "step.execution  charge_payment  attempt 1/3",
            "other",
            "step.charge",
            "step.refund  refund_payment",
            "step.state_transition  enqueued → in_progress",
        ]
    );
}

#[test]
fn executions_of_a_step_differ_by_name_and_numbers() {
    let again = |id| of_step("step.execution", id).with("handler_name", "import");
    let named = |span: super::Made| span.with("step_name", "import_1").with("attempt_number", 1);
    let spans = captured([
        root(),
        named(of_step("step.state_transition", 5))
            .with("from_state", "pending")
            .with("to_state", "enqueued")
            .at(1, 2),
        named(execution().without("attempt_number").without("handler_name"))
            .with("handler_name", "import")
            .at(3, 9),
        named(again(6)).with("continuation", 2).at(10, 12),
        named(again(7)).with("generation", 1).with("continuation", 1).at(20, 22),
        named(of_step("handler.execution", 8))
            .with("handler_name", "import")
            .with("generation", 1)
            .child_of(7)
            .at(20, 21),
        named(again(9)).with("tasker.attempt_repeated", true).at(30, 32),
        named(of_step("result.submission", 10)).at(33, 34),
    ]);
    let expected = "\
task.orchestration                                         +0 µs   1.24 s
├─ step.state_transition  pending → enqueued  import_1  +1.00 ms  1.00 ms
├─ step.execution  import_1  attempt 1/3                +3.00 ms  6.00 ms
├─ step.execution  import_1  attempt 1  continuation 2  +10.0 ms  2.00 ms
├─ step.execution  import_1  attempt 1  generation 1    +20.0 ms  2.00 ms
│  └─ handler.execution                                 +20.0 ms  1.00 ms
├─ step.execution  import_1  attempt 1                  +30.0 ms  2.00 ms  attempt repeated
└─ result.submission  import_1  attempt 1               +33.0 ms  1.00 ms
";
    assert_eq!(TreeText::new(&spans).render(), expected);
}

#[test]
fn no_line_is_longer_than_the_width() {
    for width in [60, 80, 87, 100, 130] {
        let text = TreeText::new(&order()).width(width).render();
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(width), "{longest:?} > {width}\n{text}");
    }
}

#[test]
fn a_note_without_room_gets_its_own_line() {
    let expected = "\
task.orchestration  fulfill_order  complete                  +0 µs   1.24 s
├─ task.state_transition  pending → initializing          +1.00 ms  1.00 ms
├─ task.state_transition  initializing → enqueuing_steps  +2.00 ms  3.00 ms
│  └─ step.discovery                                      +3.00 ms  2.00 ms
├─ step.execution  charge_payment  attempt 1/3             +101 ms  40.0 ms
│  ✗ payment.declined: card declined by issuer
│  └─ handler.execution                                    +102 ms  38.0 ms
│     ✗ payment.declined: card declined by issuer
└─ step.execution  charge_payment  attempt 2/3             +700 ms  38.0 ms
   └─ result.submission                                    +738 ms     0 µs
      ✗ cancelled
";
    assert_eq!(TreeText::new(&order()).width(90).render(), expected);
}

#[test]
fn labels_and_notes_are_cut_to_the_width() {
    let expected = "\
task.orchestration  fulfill_or…  complete     +0 µs   1.24 s
├─ task.state_transition  pendi… → initi…  +1.00 ms  1.00 ms
├─ task.state_transition  initi… → enque…  +2.00 ms  3.00 ms
│  └─ step.discovery                       +3.00 ms  2.00 ms
├─ step.execution  charge_p…  attempt 1/3   +101 ms  40.0 ms
│  ✗ payment.declined: card declined by issuer
│  └─ handler.execution                     +102 ms  38.0 ms
│     ✗ payment.declined: card declined by issuer
└─ step.execution  charge_p…  attempt 2/3   +700 ms  38.0 ms
   └─ result.submission                     +738 ms     0 µs
      ✗ cancelled
";
    assert_eq!(TreeText::new(&order()).width(10).render(), expected);
}

#[test]
fn colours_change_nothing_but_colours() {
    let plain = TreeText::new(&order()).render();
    let coloured = TreeText::new(&order()).coloured().render();
    assert!(coloured.contains("\u{1b}[31m✗ payment.declined"));
    assert!(!plain.contains('\u{1b}'));
    let (first, rest) = coloured.split_once('\u{1b}').unwrap();
    let rest = rest.split('\u{1b}').map(|piece| piece.split_once('m').unwrap().1);
    assert_eq!(first.to_owned() + &rest.collect::<String>(), plain);
}

#[test]
fn traces_are_separated() {
    let spans = captured([made("orphan", 2).child_of(9), made("other", 1).trace(2).at(5, 6)]);
    let expected = "\
(parent not captured)
└─ orphan              +0 µs  1.00 ms

other  +0 µs  1.00 ms
";
    assert_eq!(TreeText::new(&spans).render(), expected);
}

#[test]
fn a_value_cannot_break_lines_or_reach_the_terminal() {
    let spans = captured([made("a", 1).failed("boom", "first\nsecond\u{1b}[2J")]);
    let text = TreeText::new(&spans).render();
    assert_eq!(text, "a  +0 µs  1.00 ms  ✗ boom: first\\nsecond\\u{1b}[2J\n");
}

#[test]
fn a_deep_trace_stays_readable() {
    let chain = captured((1..=1_000).map(|id| made("link", id).child_of(id - 1)));
    let text = TreeText::new(&chain).render();
    assert_eq!(text.lines().count(), 1_000);
    assert!(text.lines().all(|line| line.chars().count() < 120));
    assert!(text.lines().last().unwrap().starts_with("⋯  "));
    let narrow = TreeText::new(&chain).width(60).render();
    let mut lines = narrow.lines();
    assert!(
        lines.all(|line| line.chars().count() <= 60 && line.contains("link")),
        "{narrow}"
    );
}

#[test]
fn links_are_resolved_in_the_capture() {
    let trace_id = identity::trace_id(TASK).to_u128();
    let retry = of_step("step.execution", 8)
        .with("handler_name", "charge_payment")
        .with("attempt_number", 2)
        .link(trace_id, execution_id())
        .link(trace_id, 0xee)
        .link(1, 5)
        .link(2, 6)
        .at(700, 738);
    let request = made("POST \u{202e}orders", 5).at(0, 1);
    let spans = captured([root(), execution().at(101, 141), retry, request]);
    let of_task = spans.of_task(TASK);
    let expected = "\
task.orchestration                           +0 µs   1.24 s
├─ step.execution  charge_payment  attempt 1/3  +101 ms  40.0 ms
└─ step.execution  charge_payment  attempt 2  +700 ms  38.0 ms
   ⇢ step.execution  charge_payment  attempt 1
   ⇢ span 00000000000000ee (not captured)
   ⇢ POST \\u{202e}orders  of trace 00000000000000000000000000000001
   ⇢ span 0000000000000006 of trace 00000000000000000000000000000002
";
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        words(&TreeText::new(&of_task).links().width(80).render()),
        words(expected)
    );
    assert!(!TreeText::new(&of_task).render().contains('⇢'));
}
