//! `docs/audit.md` has a section for each rule, and a rule for each section.

use std::fs;

use tasker_span_cli::audit::finding::Severity;
use tasker_span_cli::audit::rules::RULES;

#[test]
fn the_worst_are_first() {
    assert!(RULES.is_sorted_by_key(|rule| match rule.severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Note => 2,
    }));
}

#[test]
fn each_code_has_its_section_in_the_order_of_the_rules() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/audit.md")).unwrap();
    let (_, findings) = page.split_once("\n## Findings\n").expect("a chapter of findings");
    let findings = findings.split("\n## ").next().unwrap_or_default();
    let sections: Vec<(&str, &str)> = findings
        .split("\n### `")
        .skip(1)
        .map(|section| section.split_once("`\n").unwrap())
        .collect();
    let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
    assert_eq!(sections.iter().map(|(code, _)| *code).collect::<Vec<_>>(), codes);
    for ((code, text), rule) in sections.iter().zip(RULES) {
        assert!(
            text.contains(rule.severity.shown()),
            "`{code}` is a {}",
            rule.severity.shown()
        );
        assert!(text.len() > 100, "`{code}` says why, and what to write");
    }
}
