//! The answers of the query API, which are also what its pages download as files.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use tasker_span_runtime::identity::{SpanId, TraceId};
use tasker_span_runtime::testing::{Spans, TreeText};

use super::captured;
use crate::json::or_empty;

/// The envelope of each answer.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct Answer<T> {
    /// Without the key, it is no answer of Jaeger.
    #[serde(default = "absent", deserialize_with = "present")]
    pub(super) data: Option<Data<T>>,
    pub(super) errors: Option<Vec<ApiError>>,
}

/// `null` if there is nothing.
#[derive(Debug)]
pub(super) struct Data<T>(pub(super) Option<T>);

fn absent<T>() -> Option<T> {
    None
}

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Data<T>>, D::Error> {
    Ok(Some(Data(Option::deserialize(deserializer)?)))
}

/// Why there is no data.
#[derive(Debug, Deserialize)]
pub(super) struct ApiError {
    #[serde(default)]
    pub(super) code: u16,
    #[serde(default)]
    pub(super) msg: String,
}

/// A trace, as far as its spans have arrived.
#[derive(Clone, Debug, Deserialize)]
pub struct Trace {
    /// 32 hex digits.
    #[serde(rename = "traceID")]
    pub trace_id: String,
    /// In no order.
    #[serde(default, deserialize_with = "or_empty")]
    pub spans: Vec<Span>,
    /// The exporting processes, by their names within the trace.
    #[serde(default, deserialize_with = "or_empty")]
    pub processes: HashMap<String, Process>,
    /// Jaeger's warnings about the trace.
    pub warnings: Option<Vec<String>>,
}

/// A span, as Jaeger's pages show it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// 32 hex digits.
    #[serde(rename = "traceID")]
    pub trace_id: String,
    /// 16 hex digits.
    #[serde(rename = "spanID")]
    pub span_id: String,
    /// Its name.
    pub operation_name: String,
    /// Its parent and its links.
    #[serde(default, deserialize_with = "or_empty")]
    pub references: Vec<Reference>,
    /// In microseconds since 1970.
    pub start_time: u64,
    /// In microseconds.
    pub duration: u64,
    /// Attributes, kind, status and scope.
    #[serde(default, deserialize_with = "or_empty")]
    pub tags: Vec<Tag>,
    /// Events.
    #[serde(default, deserialize_with = "or_empty")]
    pub logs: Vec<Log>,
    /// The name of its process within the trace.
    #[serde(default, rename = "processID")]
    pub process_id: String,
    /// Jaeger's warnings about the span.
    pub warnings: Option<Vec<String>>,
}

/// A parent or a link.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reference {
    /// Which of both it is.
    pub ref_type: RefType,
    /// The trace of the parent or linked span.
    #[serde(rename = "traceID")]
    pub trace_id: String,
    /// The parent or linked span.
    #[serde(rename = "spanID")]
    pub span_id: String,
}

/// The kind of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RefType {
    /// To the parent.
    ChildOf,
    /// A link.
    FollowsFrom,
}

/// A typed attribute.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Tag {
    /// Its name.
    pub key: String,
    /// `string`, `bool`, `int64`, `float64` or `binary`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value.
    pub value: Value,
}

/// An event.
#[derive(Clone, Debug, Deserialize)]
pub struct Log {
    /// In microseconds since 1970.
    pub timestamp: u64,
    /// Its attributes. The attribute `event` is its name.
    #[serde(default, deserialize_with = "or_empty")]
    pub fields: Vec<Tag>,
}

/// A process that exported spans.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Process {
    /// `service.name`.
    pub service_name: String,
    /// The resource's other attributes.
    #[serde(default, deserialize_with = "or_empty")]
    pub tags: Vec<Tag>,
}

impl Trace {
    /// The trace's id.
    ///
    /// # Panics
    ///
    /// If Jaeger answered no id.
    pub fn id(&self) -> TraceId {
        let id = u128::from_str_radix(&self.trace_id, 16)
            .ok()
            .and_then(TraceId::from_u128);
        id.unwrap_or_else(|| panic!("a trace id: {}", self.trace_id))
    }

    /// Its spans in the test kit's form.
    pub fn captured(&self) -> Spans {
        captured([self])
    }

    /// All warnings, of the trace and of its spans.
    pub fn warnings(&self) -> Vec<String> {
        let of_spans = self.spans.iter().flat_map(|span| {
            let warnings = span.warnings.iter().flatten();
            warnings.map(|warning| format!("{} {}: {warning}", span.operation_name, span.span_id))
        });
        self.warnings.iter().flatten().cloned().chain(of_spans).collect()
    }

    /// The warnings without those about times: the execution that submits the last result may end
    /// after the root, which Jaeger takes for another clock.
    pub fn warnings_of_structure(&self) -> Vec<String> {
        let mut warnings = self.warnings();
        warnings.retain(|warning| !warning.contains("clock skew adjustment disabled"));
        warnings
    }

    /// The names of its services.
    pub fn services(&self) -> BTreeSet<&str> {
        self.spans.iter().map(|span| self.service_of(span)).collect()
    }

    /// The name of the span's service.
    pub fn service_of(&self, span: &Span) -> &str {
        self.processes
            .get(&span.process_id)
            .map_or("", |process| &process.service_name)
    }

    /// The attribute `service.instance.id` of the span's process.
    pub fn instance_of(&self, span: &Span) -> Option<&str> {
        let process = self.processes.get(&span.process_id)?;
        let tag = process.tags.iter().find(|tag| tag.key == "service.instance.id")?;
        tag.value.as_str()
    }

    /// The first span with this id.
    pub fn span(&self, id: SpanId) -> Option<&Span> {
        let id = id.to_string();
        self.spans.iter().find(|span| span.span_id == id)
    }

    /// The ids of more than one span.
    pub fn duplicate_span_ids(&self) -> BTreeSet<&str> {
        let mut seen = BTreeSet::new();
        let ids = self.spans.iter().map(|span| &*span.span_id);
        ids.filter(|id| !seen.insert(*id)).collect()
    }
}

/// The tree, with Jaeger's warnings.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let services = self.services().into_iter().collect::<Vec<_>>().join(", ");
        writeln!(f, "trace {}: {} spans of {services}", self.trace_id, self.spans.len())?;
        for warning in self.warnings() {
            writeln!(f, "warning: {warning}")?;
        }
        TreeText::new(&self.captured()).fmt(f)
    }
}

impl Span {
    /// The value of the first tag with this key, as text.
    pub fn tag(&self, key: &str) -> Option<String> {
        let tag = self.tags.iter().find(|tag| tag.key == key)?;
        Some(tag.value.as_str().map_or_else(|| tag.value.to_string(), str::to_owned))
    }

    /// The references of a kind.
    pub fn references(&self, kind: RefType) -> Vec<&Reference> {
        let references = self.references.iter();
        references.filter(|reference| reference.ref_type == kind).collect()
    }
}
