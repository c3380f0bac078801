//! Odd texts and deep recursion. What the identity cache holds of them is tested in `process`.

use tasker_span_tests::prelude::*;

#[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text)]
fn audit(id: Uuid, text: &str) {}

#[test]
fn control_characters_are_recorded_as_they_are() {
    let capture = Capture::strict();
    for text in ["\u{0}\n\u{1b}[31m", "名前空間"] {
        capture.clear();
        audit(Uuid::now_v7(), text);
        assert_eq!(capture.spans().one().text("namespace"), Some(text));
    }
}

#[test]
fn an_empty_text_is_a_missing_attribute() {
    let capture = Capture::start();
    audit(Uuid::now_v7(), "");
    let span = capture.spans().one();
    assert_eq!(span.attribute("namespace"), None);
    assert!(span.text("tasker.violation").unwrap().contains("no namespace"));
}

#[test]
fn a_text_is_cut_at_a_character() {
    let capture = Capture::strict();
    audit(Uuid::now_v7(), &"ü".repeat(1_000));
    assert_eq!(capture.spans().one().text("namespace"), Some(&*"ü".repeat(128)));
}

#[test]
fn ten_thousand_levels_of_recursion_are_ten_thousand_spans() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = "n")]
    fn audit(id: Uuid, depth: u32) -> Result<u32, String> {
        if depth == 0 {
            Ok(0)
        } else {
            Ok(audit(id, depth - 1)? + 1)
        }
    }
    let capture = Capture::start();
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new().stack_size(256 << 20);
        let thread = thread.spawn_scoped(threads, || capture.run(|| audit(Uuid::now_v7(), 10_000)));
        assert_eq!(thread.unwrap().join().unwrap(), Ok(10_000));
    });
    assert_eq!(capture.spans().len(), 10_001);
}
