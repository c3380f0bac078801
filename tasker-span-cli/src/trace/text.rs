//! The text of traces: for each a heading, and its tree by the test kit's `TreeText`.

use std::fmt::Write;

use tasker_span_runtime::testing::{CapturedSpan, Tree, TreeText, printable};

use crate::source::{Source, Traces};

pub(crate) struct Style {
    /// The width and the colours are those of the standard output.
    pub(crate) for_stdout: bool,
    pub(crate) all: bool,
    pub(crate) links: bool,
    pub(crate) width: Option<usize>,
}

pub(crate) fn of(source: &Source, traces: &Traces, style: &Style) -> String {
    let mut text = String::new();
    for tree in traces.spans.trees() {
        if !text.is_empty() {
            text.push('\n');
        }
        let spans: Vec<_> = tree.walk().map(|(_, span)| span).collect();
        let id = tree.trace_id();
        let page = source.page(id).unwrap_or_else(|| id.to_string());
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "trace   {}", printable(&page));
        let _ = writeln!(text, "spans   {}", number(traces, &spans));
        if let Some(represented) = represented(&spans) {
            let _ = writeln!(text, "sampled {represented}");
        }
        text.push('\n');
        text.push_str(&drawn(tree, style));
    }
    text
}

fn drawn(tree: Tree, style: &Style) -> String {
    let mut drawn = TreeText::of([tree]);
    if style.for_stdout {
        drawn = drawn.for_stdout();
    }
    if let Some(width) = style.width {
        drawn = drawn.width(width);
    }
    if style.all {
        drawn = drawn.all();
    }
    if style.links {
        drawn = drawn.links();
    }
    drawn.render()
}

/// `34 of tasker-orchestrator, tasker-worker`
fn number(traces: &Traces, spans: &[&CapturedSpan]) -> String {
    let services = traces.services(spans.iter().copied());
    let services: Vec<_> = services.into_iter().map(printable).collect();
    if services.is_empty() {
        spans.len().to_string()
    } else {
        format!("{} of {}", spans.len(), services.join(", "))
    }
}

/// How many spans the sampled ones stand for. `None` if each stands for itself.
fn represented(spans: &[&CapturedSpan]) -> Option<String> {
    let sum = super::json::represented(spans.iter().copied());
    let late = |by| {
        let spans = spans.iter().filter(|span| span.text("tasker.sampled_by") == Some(by));
        spans.count()
    };
    let (errors, slow) = (late("error"), late("slow"));
    let by_rate = spans.iter().filter(|span| span.adjusted_count().is_some()).count();
    let is_weighted = |span: &&CapturedSpan| span.adjusted_count().is_some_and(|count| count > 1.0);
    let mut parts = Vec::new();
    if spans.iter().any(is_weighted) {
        parts.push(format!("{by_rate} by rate, which stand for about {sum:.0}"));
    } else if errors + slow > 0 {
        parts.push(format!("{by_rate} by rate"));
    }
    for (number, by) in [(errors, "error"), (slow, "slowness")] {
        if number > 0 {
            parts.push(format!("{number} by {by}"));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
