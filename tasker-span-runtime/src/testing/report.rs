//! What a failed look-up and a failed check tell the developer: what was asked for, and what there was.

use std::fmt::Write;
use std::sync::Arc;

use super::snapshot::Snapshot;
use super::{Problem, Spans};

/// A look-up for one span selected none, or several.
pub(super) fn not_one(selected: &Spans, filters: &[String], capture: &Arc<Snapshot>) -> String {
    let asked = filters
        .iter()
        .map(|filter| format!(" {filter}"))
        .collect::<Vec<_>>()
        .join(",");
    let mut message = match selected.len() {
        0 => format!("expected one span{asked}; there is none\n"),
        count => format!("expected one span{asked}; there are {count}:\n{}", indented(selected)),
    };
    let all = Spans::all_of(Arc::clone(capture));
    // Writing to a `String` cannot fail.
    let _ = match all.len() {
        0 => writeln!(message, "no span has ended"),
        count => write!(message, "captured, {count} in all:\n{}", indented(&all)),
    };
    if !capture.open.is_empty() {
        let open = capture.open.iter().map(|span| &*span.name).collect::<Vec<_>>();
        let _ = writeln!(message, "not ended yet: {}", open.join(", "));
    }
    message
}

/// A check found problems.
pub(super) fn broken(spans: &Spans, problems: &[Problem]) -> String {
    let list = problems
        .iter()
        .map(|problem| format!("  - {problem}"))
        .collect::<Vec<_>>()
        .join("\n");
    format!(
        "{} broken rules of the catalogue:\n{list}\n{}",
        problems.len(),
        indented(spans)
    )
}

fn indented(spans: &Spans) -> String {
    let mut text = String::new();
    for line in spans.to_tree_text().lines() {
        text.push_str(if line.is_empty() { "" } else { "  " });
        text.push_str(line);
        text.push('\n');
    }
    text
}
