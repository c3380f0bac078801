//! Traces as JSON: spans depth first, each with its depth, for `jq` and other programs.

use std::time::SystemTime;

use serde::{Serialize, Serializer};
use tasker_span_runtime::testing::{CapturedEvent, CapturedLink, CapturedSpan, Status, Tree, Value};

use crate::catalogue::kind;
use crate::source::{Source, Traces};

#[derive(Serialize)]
pub(crate) struct Document<'t> {
    traces: Vec<Trace<'t>>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the document")]
struct Trace<'t> {
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    services: Vec<&'t str>,
    /// How many spans the sampled ones stand for.
    represented: f64,
    spans: Vec<Span<'t>>,
}

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the document")]
struct Span<'t> {
    name: String,
    exported_name: String,
    depth: usize,
    span_id: String,
    parent_span_id: Option<String>,
    service: Option<&'t str>,
    kind: &'static str,
    start_unix_nanos: u64,
    duration_nanos: u64,
    /// `null` if no rate selected it, but its error or its duration.
    represents: Option<f64>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    attributes: Pairs,
    #[serde(skip_serializing_if = "String::is_empty")]
    tracestate: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Event {
    name: String,
    unix_nanos: u64,
    attributes: Pairs,
}

#[derive(Serialize)]
struct Link {
    trace_id: String,
    span_id: String,
    /// The name of the linked span, if the source has it.
    name: Option<String>,
    attributes: Pairs,
}

/// In the order of recording. Of several with one name, readers see one.
struct Pairs(Vec<(String, Value)>);

pub(crate) fn of<'t>(source: &Source, traces: &'t Traces) -> Document<'t> {
    let trace = |tree: Tree| {
        let spans = || tree.walk().map(|(_, span)| span);
        let services = spans().filter_map(|span| traces.service(span));
        let mut services: Vec<_> = services.collect();
        services.sort_unstable();
        services.dedup();
        Trace {
            trace_id: tree.trace_id().to_string(),
            url: source.page(tree.trace_id()),
            services,
            represented: represented(spans()),
            spans: tree.walk().map(|(depth, of)| span(traces, depth, of)).collect(),
        }
    };
    Document {
        traces: traces.spans.trees().into_iter().map(trace).collect(),
    }
}

/// How many spans these stand for.
pub(super) fn represented<'s>(spans: impl Iterator<Item = &'s CapturedSpan>) -> f64 {
    // A sum of no numbers is −0.
    spans.filter_map(CapturedSpan::adjusted_count).sum::<f64>() + 0.0
}

fn span<'t>(traces: &'t Traces, depth: usize, span: &CapturedSpan) -> Span<'t> {
    Span {
        name: span.name().to_owned(),
        exported_name: span.exported_name().to_owned(),
        depth,
        span_id: span.span_id().to_string(),
        parent_span_id: span.parent_span_id().map(|id| id.to_string()),
        service: traces.service(span),
        kind: kind(span.kind()),
        start_unix_nanos: unix_nanos(span.start()),
        duration_nanos: u64::try_from(span.duration().as_nanos()).unwrap_or(u64::MAX),
        represents: span.adjusted_count(),
        status: match span.status() {
            Status::Unset => "unset",
            Status::Ok => "ok",
            Status::Error { .. } => "error",
        },
        error: match span.status() {
            Status::Error { description } => Some(description.clone().into_owned()),
            Status::Unset | Status::Ok => None,
        },
        attributes: Pairs(span.attributes().to_vec()),
        tracestate: span.tracestate().to_owned(),
        events: span.events().iter().map(event).collect(),
        links: span.links().iter().map(|of| link(traces, of)).collect(),
    }
}

fn event(event: &CapturedEvent) -> Event {
    Event {
        name: event.name().to_owned(),
        unix_nanos: unix_nanos(event.time()),
        attributes: Pairs(event.attributes().to_vec()),
    }
}

fn link(traces: &Traces, link: &CapturedLink) -> Link {
    let target = traces.find(link.trace_id(), link.span_id());
    Link {
        trace_id: link.trace_id().to_string(),
        span_id: link.span_id().to_string(),
        name: target.map(|target| target.name().to_owned()),
        attributes: Pairs(link.attributes().to_vec()),
    }
}

fn unix_nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, json(value))))
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) => text.clone().into(),
        Value::List(values) => values.iter().map(json).collect(),
        other => other.to_string().into(),
    }
}
