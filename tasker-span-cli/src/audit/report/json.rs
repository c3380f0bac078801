//! The report as JSON: all sites with their ids and findings.

use serde_json::{Map, Value, json};

use super::summary::Summary;
use crate::audit::check::Report;
use crate::audit::finding::{Finding, SiteReport};
use crate::audit::identity::{How, Id};
use crate::escape;

pub(super) fn write(report: &Report<'_>) -> String {
    let comments = report.comments.iter().map(|comment| {
        let mut value = finding(&comment.finding);
        value["file"] = comment.file.into();
        value["function"] = comment.function.into();
        value
    });
    let skipped = report
        .skipped
        .iter()
        .map(|(file, reason)| json!({ "file": file, "reason": reason }));
    let fixed = report
        .fixed
        .iter()
        .map(|(code, function, count)| json!({ "code": code, "function": function, "count": count }));
    let document = json!({
        "version": 1,
        "summary": summary(report),
        "sites": report.sites.iter().map(site).collect::<Vec<_>>(),
        "comments": comments.collect::<Vec<_>>(),
        "skipped": skipped.collect::<Vec<_>>(),
        "fixed": fixed.collect::<Vec<_>>(),
    });
    format!("{}\n", escape::json(&format!("{document:#}")))
}

fn summary(report: &Report<'_>) -> Value {
    let summary = Summary::of(report);
    let ids = Id::ALL
        .iter()
        .zip(summary.with_id)
        .map(|(id, count)| (id.name().to_owned(), count.into()));
    json!({
        "files": report.files,
        "lines": report.lines,
        "spans": summary.spans,
        "spans_without_finding": summary.clean,
        "spans_about_tasks": summary.about_tasks,
        "spans_about_steps": summary.about_steps,
        "of_these_with": ids.collect::<Map<String, Value>>(),
        "functions_without_span": summary.without_span,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "notes": summary.notes,
        "in_baseline": summary.in_baseline,
        "allowed": summary.allowed,
    })
}

fn site(site: &SiteReport<'_>) -> Value {
    let ids = Id::ALL.iter().zip(site.ids).map(|(id, how)| {
        let how = how.map(How::shown).map_or(Value::Null, Value::from);
        (id.name().to_owned(), how)
    });
    json!({
        "crate": site.package,
        "file": site.file,
        "line": site.line,
        "column": site.column,
        "function": site.function.path,
        "macro": if site.index.is_some() { Value::from(site.kind.shown()) } else { Value::Null },
        "name": site.name,
        "about_task": site.is_about_task,
        "about_step": site.is_about_step,
        "ids": ids.collect::<Map<String, Value>>(),
        "findings": site.findings.iter().map(finding).collect::<Vec<_>>(),
        "suggestion": suggestion(site),
        "in_baseline": site.in_baseline,
        "allowed": site.allowed,
    })
}

/// Null without `--suggest`, and where there is nothing to suggest.
fn suggestion(site: &SiteReport<'_>) -> Value {
    match &site.suggestion {
        Ok(Some(suggestion)) => json!({ "text": suggestion.text(""), "notes": suggestion.notes }),
        Ok(None) => Value::Null,
        Err(reason) => json!({ "text": null, "notes": [reason] }),
    }
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity.shown(),
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
    })
}
