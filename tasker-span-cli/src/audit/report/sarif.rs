//! The report as SARIF 2.1.0, which GitHub's code scanning takes.
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::audit::check::Report;
use crate::audit::rules::{self, RULES};
use crate::escape;

const PAGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/audit.md");

pub(super) fn write(report: &Report<'_>) -> String {
    let rules = RULES.iter().map(|rule| {
        json!({
            "id": rule.code,
            "shortDescription": { "text": rule.title },
            "helpUri": format!("{PAGE}#{}", rule.code),
            "defaultConfiguration": { "level": rule.severity.shown() },
        })
    });
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tasker-span audit",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": PAGE,
                "rules": rules.collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications(report) }],
            "columnKind": "unicodeCodePoints",
            "results": results(report),
        }],
    });
    format!("{}\n", escape::json(&format!("{document:#}")))
}

fn results(report: &Report<'_>) -> Vec<Value> {
    // Several findings of a function and a code are told apart by their number, and not by their lines.
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    let results = report.findings().map(|placed| {
        let finding = placed.finding;
        let number = seen.entry((finding.code, placed.function)).or_insert(0);
        *number += 1;
        json!({
            "ruleId": finding.code,
            "ruleIndex": rules::rank(finding.code),
            "level": finding.severity.shown(),
            "message": { "text": finding.message },
            "locations": [{
                "physicalLocation": {
                    "artifactLocation": artifact(placed.file),
                    "region": { "startLine": finding.line, "startColumn": finding.column },
                },
                "logicalLocations": [{ "fullyQualifiedName": placed.function, "kind": "function" }],
            }],
            "partialFingerprints": { "taskerSpan/v1": format!("{} {} {number}", finding.code, placed.function) },
        })
    });
    results.collect()
}

/// Files that were passed over, and entries of the baseline that are fixed.
fn notifications(report: &Report<'_>) -> Vec<Value> {
    let skipped = report.skipped.iter().map(|(file, reason)| {
        json!({
            "level": "warning",
            "message": { "text": format!("{file} {reason}") },
            "locations": [{ "physicalLocation": { "artifactLocation": artifact(file) } }],
        })
    });
    let fixed = report.fixed.iter().map(|(code, function, count)| {
        let text = format!("the baseline still has `{code} {count} {function}`, which is fixed");
        json!({ "level": "error", "message": { "text": text } })
    });
    skipped.chain(fixed).collect()
}

/// A file below the current folder is relative to the root of the sources. Another one has its own address.
fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        json!({ "uri": format!("file://{}", uri(path)) })
    } else {
        json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
    }
}

/// A path as a relative reference: what URIs reserve is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}
