//! Lines within the width of a terminal, whatever the text in them.

use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use super::{captured, execution, execution_id, made, of_step, root};
use crate::testing::{Spans, TreeText};

/// A handler that failed and broke a rule: its name and its error.
fn failed(name: &str, error: &str) -> Spans {
    captured([
        root().with("task_name", name.to_owned()),
        execution().at(1, 9),
        of_step("handler.execution", 5)
            .child_of(execution_id())
            .with("handler_name", name.to_owned())
            .at(2, 8)
            .failed("payment.declined", error)
            .with("tasker.violation", "handler.execution has no namespace"),
    ])
}

#[test]
fn wide_characters_do_not_shift_columns() {
    let expected = "\
task.orchestration  支払い💳                       +0 µs   1.24 s
└─ step.execution  charge_payment  attempt 1/3  +1.00 ms  8.00 ms
   └─ handler.execution  支払い💳               +2.00 ms  6.00 ms
      ✗ payment.declined: 残高不足
      ! handler.execution has no namespace
";
    let spans = failed("支払い💳", "残高不足");
    assert_eq!(TreeText::new(&spans).width(100).render(), expected);
    for width in [60, 80, 100] {
        let text = TreeText::new(&spans).width(width).render();
        let lines = text.lines().filter(|line| line.contains(" +"));
        let lines: Vec<_> = lines.map(UnicodeWidthStr::width).collect();
        assert_eq!(lines, [lines[0]; 3], "{text}");
        assert!(text.lines().all(|line| line.width() <= width), "{text}");
    }
}

#[test]
fn a_violation_is_seen_beside_a_long_error() {
    let spans = failed("charge_payment", &"card declined, ".repeat(60));
    for width in [60, 80, 100] {
        let text = TreeText::new(&spans).width(width).render();
        assert!(text.contains("      ✗ payment.declined: card declined, "), "{text}");
        assert!(text.contains("      ! handler.execution has no namespace\n"), "{text}");
    }
}

#[test]
fn what_reorders_or_hides_text_is_escaped() {
    let spans = failed("pay\u{202e}gnp.exe", "de\u{200b}clined\u{feff}");
    let text = TreeText::new(&spans).width(100).render();
    assert!(text.contains("pay\\u{202e}gnp.exe"), "{text}");
    assert!(text.contains("de\\u{200b}clined\\u{feff}"), "{text}");
}

/// Hostile text: every script, wide, combining, invisible and control characters.
fn any_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z _]{1,20}",
        "[支払い한국어]{1,12}",
        "[\u{300}-\u{36f}\u{591}-\u{5bd}\u{610}-\u{61a}\u{20e3}]{1,4}",
        "[\u{5d0}-\u{5ea}\u{644}\u{627}\u{1780}-\u{17d2}\u{a4f8}-\u{a4fd}]{1,6}",
        prop::sample::select(vec![
            "👩\u{200d}💻",
            "🇩🇪",
            "👍🏽",
            "❤\u{fe0f}",
            "⚠\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
            "\u{fe0e}",
            "\u{200d}",
            "\u{202e}",
            "\u{2066}",
            "\u{feff}",
            "\n",
            "\u{1b}[2J",
            "\u{e0041}",
            "…",
            "\u{1f1e9}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(pieces, 0..20).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_breaks_the_width_or_reaches_the_terminal(
        texts in prop::collection::vec(any_text(), 10),
        attempts in any::<(i64, i64)>(),
        end in 0..1_000_000_000_u64,
        width in 60..140_usize,
    ) {
        let text = |index: usize| texts[index].clone();
        let spans = captured([
            made("a", 1)
                .named(text(0))
                .at(0, end)
                .with("task_name", text(1))
                .with("tasker.final_state", text(2))
                .with("tasker.violation", text(3)),
            made("b", 2)
                .named(text(4))
                .child_of(1)
                .at(end, end + 1)
                .with("handler_name", text(5))
                .with("attempt_number", attempts.0)
                .with("max_attempts", attempts.1)
                .failed(&texts[6], &texts[7]),
            made("c", 3).child_of(2).with("from_state", text(8)).with("to_state", text(9)),
        ]);
        for text in [TreeText::new(&spans).width(width), TreeText::new(&spans)] {
            let text = text.render();
            for line in text.lines() {
                prop_assert!(!line.contains(char::is_control), "{line:?}");
                let hidden = |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
                prop_assert!(!line.contains(hidden), "{line:?}");
            }
        }
        let text = TreeText::new(&spans).width(width).render();
        let widest = text.lines().map(UnicodeWidthStr::width).max();
        prop_assert!(widest <= Some(width), "{widest:?} > {width}\n{text}");
    }
}
