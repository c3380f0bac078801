//! Each format, as a file. `UPDATE=1` rewrites them.

use std::fs;

use serde_json::Value;

use crate::{audit, fixture, output};

fn check(name: &str, arguments: &[&str]) -> String {
    let report = output(audit("orders").args(arguments));
    let file = fixture("snapshots").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &report).unwrap();
    }
    assert_eq!(report, fs::read_to_string(file).unwrap());
    report
}

#[test]
fn a_table() {
    check("table.txt", &["--suggest"]);
}

#[test]
fn json() {
    let report: Value = serde_json::from_str(&check("report.json", &["--format", "json", "--suggest"])).unwrap();
    assert_eq!(report["version"], 1);
}

#[test]
fn sarif() {
    let report: Value = serde_json::from_str(&check("report.sarif", &["--format", "sarif"])).unwrap();
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
}

#[test]
fn annotations_of_github() {
    let report = check("github.txt", &["--format", "github"]);
    assert!(report.contains("file=src/odd%2C name/100%25.rs,"), "{report}");
}

#[test]
fn a_diff() {
    check("changes.diff", &["--diff"]);
}

#[test]
fn the_same_input_has_the_same_output() {
    for format in ["table", "json", "sarif", "github"] {
        let report = || output(audit("rules").args(["--format", format, "--suggest"]));
        assert_eq!(report(), report());
    }
}
