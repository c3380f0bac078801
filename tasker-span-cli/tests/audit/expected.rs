//! The findings of the fixtures are those that they expect: `//~ code` on the line, `//~^ code` on the line above.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tasker_span_cli::audit::rules::RULES;

use crate::{audit, fixture, output};

type Expected = BTreeSet<(String, usize, String, usize)>;

#[test]
fn each_finding_is_where_it_is_expected_and_nowhere_else() {
    let report: Value = serde_json::from_str(&output(audit("rules").args(["--format", "json"]))).unwrap();
    let mut found = Vec::new();
    for site in report["sites"].as_array().unwrap() {
        let findings = site["findings"].as_array().unwrap().iter();
        found.extend(findings.map(|finding| place(&site["file"], finding)));
    }
    found.extend(
        report["comments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|comment| place(&comment["file"], comment)),
    );
    let (found, expected) = (counted(found), expected());
    let missing: Vec<_> = expected.difference(&found).collect();
    let unexpected: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && unexpected.is_empty(),
        "missing: {missing:#?}\nunexpected: {unexpected:#?}"
    );
    assert_eq!(report["skipped"].as_array().unwrap().len(), 0, "{}", report["skipped"]);
}

#[test]
fn each_rule_has_a_fixture() {
    let expected = expected();
    for rule in RULES {
        assert!(
            expected.iter().any(|(_, _, code, _)| code == rule.code),
            "{}",
            rule.code
        );
    }
}

fn place(file: &Value, finding: &Value) -> (String, usize, String) {
    let line = usize::try_from(finding["line"].as_u64().unwrap()).unwrap();
    (
        file.as_str().unwrap().to_owned(),
        line,
        finding["code"].as_str().unwrap().to_owned(),
    )
}

fn counted(mut all: Vec<(String, usize, String)>) -> Expected {
    all.sort();
    let mut counted = Expected::new();
    for chunk in all.chunk_by(|one, other| one == other) {
        let (file, line, code) = chunk[0].clone();
        counted.insert((file, line, code, chunk.len()));
    }
    counted
}

fn expected() -> Expected {
    let mut all = Vec::new();
    for entry in fs::read_dir(fixture("rules/src")).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let file = format!("src/{}", path.file_name().unwrap().to_str().unwrap());
        for (index, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let Some((_, codes)) = line.split_once("//~") else {
                continue;
            };
            let above = codes.len() - codes.trim_start_matches('^').len();
            let codes = codes.trim_start_matches('^').split_whitespace();
            let codes = codes.filter(|code| *code != "code`," && *code != "code`");
            all.extend(codes.map(|code| (file.clone(), index + 1 - above, code.to_owned())));
        }
    }
    all.retain(|(_, _, code)| RULES.iter().any(|rule| rule.code == code));
    counted(all)
}
