//! The report as annotations of a workflow of GitHub.
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use std::fmt::Write;

use tasker_span_runtime::testing::printable;

use super::summary::Summary;
use crate::audit::check::Report;
use crate::audit::finding::Severity;

pub(super) fn write(report: &Report<'_>) -> String {
    let mut text = String::new();
    for placed in report.findings() {
        let finding = placed.finding;
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let _ = writeln!(
            text,
            "::{command} file={},line={},col={},title={}::{}",
            property(placed.file),
            finding.line,
            finding.column,
            property(finding.code),
            data(&format!("{}: {}", placed.function, finding.message)),
        );
    }
    for (file, reason) in &report.skipped {
        let _ = writeln!(
            text,
            "::warning file={},title=skipped::{}",
            property(file),
            data(reason)
        );
    }
    for (code, function, count) in &report.fixed {
        let message = format!("the baseline still has `{code} {count} {function}`: remove it by `--update`");
        let _ = writeln!(text, "::error title=fixed::{}", data(&message));
    }
    let _ = writeln!(text, "{}", Summary::of(report).text());
    text
}

/// A workflow's log is shown in terminals too.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    printable(&text).into_owned()
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
