//! What a program exports, without random ids and times.

use std::collections::HashMap;
use std::fmt::Write;

use identity::{SpanId, TraceId};
use serde::Serialize;
use tasker_span_runtime::Stats;
use tasker_span_runtime::testing::Value;
use tasker_span_tests::prelude::*;

/// In an order that does not depend on times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Exported {
    spans: Vec<Entry>,
    stats: String,
    /// A span is active after the end.
    left: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Entry {
    /// From the root to the span.
    path: String,
    name: String,
    kind: String,
    status: String,
    tracestate: String,
    attributes: Vec<(String, String)>,
    events: Vec<(String, Vec<(String, String)>)>,
    links: Vec<(String, Vec<(String, String)>)>,
}

type Ids = (TraceId, SpanId);

/// The exported spans by their ids, and the names of derived ids.
struct Names<'a> {
    spans: HashMap<Ids, &'a CapturedSpan>,
    derived: HashMap<Ids, String>,
    traces: HashMap<TraceId, String>,
}

impl Exported {
    pub(super) fn new(spans: &Spans, stats: &Stats, subjects: impl Iterator<Item = (Task, Step)>, left: bool) -> Self {
        let mut names = Names {
            spans: spans
                .iter()
                .map(|span| ((span.trace_id(), span.span_id()), span))
                .collect(),
            derived: HashMap::new(),
            traces: HashMap::new(),
        };
        for (task, step) in subjects {
            let (trace, id) = (task.trace_id(), short(task.task_uuid));
            names.derived.insert(
                (trace, step.execution_id()),
                format!("{}:{}", short(step.workflow_step_uuid), step.attempts),
            );
            names.derived.insert((trace, task.root_id()), "root".to_owned());
            names.traces.insert(trace, id);
        }
        let mut spans: Vec<_> = spans.iter().map(|span| names.entry(span)).collect();
        spans.sort();
        let counts = format!("{stats:?}");
        let counts = counts.split(", ").filter(|count| !count.ends_with(": 0"));
        Self {
            spans,
            stats: counts.collect::<Vec<_>>().join(", "),
            left,
        }
    }

    /// The spans alone.
    #[cfg(test)]
    pub(super) fn without_stats(self) -> Self {
        Self {
            stats: String::new(),
            ..self
        }
    }

    /// What only one of the two has; empty if they are equal.
    pub(super) fn difference(&self, other: &Self) -> String {
        let mut difference = String::new();
        if self.stats != other.stats {
            let _ = write!(difference, "\n- {}\n+ {}", self.stats, other.stats);
        }
        if self.left || other.left {
            let _ = write!(difference, "\n- left: {}\n+ left: {}", self.left, other.left);
        }
        let mut others = other.spans.clone();
        for entry in &self.spans {
            match others.iter().position(|other| other == entry) {
                Some(index) => drop(others.remove(index)),
                None => drop(write!(difference, "\n- {entry:?}")),
            }
        }
        for entry in others {
            let _ = write!(difference, "\n+ {entry:?}");
        }
        difference
    }

    /// Names of spans and attributes, and what else there is.
    pub(super) fn features(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().flat_map(|entry| {
            let parts = [
                (!entry.events.is_empty(), "an event"),
                (!entry.links.is_empty(), "a link"),
                (entry.status.contains("failed"), "a description"),
                (!entry.tracestate.is_empty(), "a tracestate"),
            ];
            let parts = parts
                .into_iter()
                .filter_map(|(is_there, part)| is_there.then_some(part));
            let keys = entry.attributes.iter().map(|(key, _)| key.as_str());
            parts.chain(keys).chain([entry.name.as_str()])
        })
    }
}

/// The end of a UUID: the rest is the program's seed.
fn short(id: Uuid) -> String {
    format!("{:x}", id.as_u128() & 0xffff)
}

fn values(values: &[(String, Value)]) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(key, value)| (key.clone(), format!("{value:?}")))
        .collect()
}

impl Names<'_> {
    fn entry(&self, span: &CapturedSpan) -> Entry {
        let mut attributes = values(span.attributes());
        attributes.sort();
        let links = span.links().iter().map(|link| {
            let ids = (link.trace_id(), link.span_id());
            (self.path(ids), values(link.attributes()))
        });
        Entry {
            path: self.path((span.trace_id(), span.span_id())),
            name: span.name().to_owned(),
            kind: format!("{:?}", span.kind()),
            status: format!("{:?}", span.status()),
            tracestate: span.tracestate().to_owned(),
            attributes,
            events: span
                .events()
                .iter()
                .map(|event| (event.name().to_owned(), values(event.attributes())))
                .collect(),
            links: links.collect(),
        }
    }

    /// The trace, and the spans from the root on: their names, derived ids, and what tells them from their siblings.
    fn path(&self, (trace, id): Ids) -> String {
        let mut labels = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|_| labels.len() < 100) {
            let derived = self.derived.get(&(trace, id)).map_or("", String::as_str);
            let span = self.spans.get(&(trace, id));
            labels.push(match span {
                Some(span) => format!("{}({derived}{})", span.name(), distinction(span)),
                None => format!("absent({derived})"),
            });
            next = span.and_then(|span| span.parent_span_id());
        }
        labels.push(self.traces.get(&trace).cloned().unwrap_or_default());
        labels.reverse();
        labels.join(" / ")
    }
}

fn distinction(span: &CapturedSpan) -> String {
    let values = ["call", "to_state"].map(|key| span.attribute(key).map(ToString::to_string));
    let ids = ["task_uuid", "step_uuid"].map(|key| span.uuid(key).map(short));
    ids.into_iter()
        .chain(values)
        .flatten()
        .fold(String::new(), |all, value| all + " " + &value)
}
