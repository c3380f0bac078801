//! A finished span as a test looks at it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry_sdk::trace::SpanData;
use uuid::Uuid;

use super::link::{span_id, trace_id};
use super::status::{SpanKind, Status, span_kind, status};
use super::value::{find, values};
use super::{CapturedEvent, CapturedLink, Value};
use crate::identity::{SpanId, TraceId};
use crate::sampling::adjusted_count;

/// A finished span: what an exporter would have received. Cheap to clone.
///
/// ```
/// use tasker_span_runtime::testing::Capture;
///
/// let capture = Capture::start();
/// tracing::info_span!("charge", amount = 4200, currency = "EUR").in_scope(|| tracing::info!("charged"));
///
/// let charge = capture.spans().named("charge").one();
/// assert_eq!(charge.integer("amount"), Some(4200));
/// assert_eq!(charge.text("currency"), Some("EUR"));
/// assert_eq!(charge.events()[0].name(), "charged");
/// assert!(charge.parent_span_id().is_none() && !charge.is_error());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CapturedSpan(Arc<Record>);

#[derive(Debug, PartialEq)]
struct Record {
    name: String,
    exported_name: String,
    trace_id: TraceId,
    span_id: SpanId,
    parent_span_id: Option<SpanId>,
    tracestate: String,
    kind: SpanKind,
    start: SystemTime,
    end: SystemTime,
    attributes: Vec<(String, Value)>,
    status: Status,
    events: Vec<CapturedEvent>,
    links: Vec<CapturedLink>,
}

impl CapturedSpan {
    /// `None` where the span has no valid ids, so that no exporter would have received it.
    pub(super) fn new(data: SpanData) -> Option<Self> {
        let context = &data.span_context;
        let (exported_name, attributes) = (data.name.into_owned(), values(&data.attributes));
        let name = match find(&attributes, "tasker.span") {
            Some(Value::Text(name)) => name.clone(),
            _ => exported_name.clone(),
        };
        Some(Self(Arc::new(Record {
            name,
            exported_name,
            trace_id: trace_id(context)?,
            span_id: span_id(context)?,
            parent_span_id: SpanId::from_u64(u64::from_be_bytes(data.parent_span_id.to_bytes())),
            tracestate: context.trace_state().header(),
            kind: span_kind(&data.span_kind),
            start: data.start_time,
            end: data.end_time,
            attributes,
            status: status(data.status),
            events: data.events.iter().map(CapturedEvent::new).collect(),
            links: data.links.iter().filter_map(CapturedLink::new).collect(),
        })))
    }

    /// The name: that in the catalogue, whatever the [exported name](Self::exported_name) of the span is.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The name that the exporter receives. It differs from [`name`](Self::name) with
    /// [`SpanNames::Detailed`](crate::SpanNames::Detailed).
    pub fn exported_name(&self) -> &str {
        &self.0.exported_name
    }

    /// The trace that the span belongs to: a task's is [`identity::trace_id`](crate::identity::trace_id).
    pub fn trace_id(&self) -> TraceId {
        self.0.trace_id
    }

    /// The span's own id.
    pub fn span_id(&self) -> SpanId {
        self.0.span_id
    }

    /// The id of the parent; `None` for a root.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.0.parent_span_id
    }

    /// Its `tracestate`, as a header has it; empty where there is none. In `ot` stands with which probability
    /// [sampling](crate::Sampling) has kept the span.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    /// use tasker_span_runtime::{Sampling, Uuid, task_scope};
    ///
    /// let capture = Capture::builder().sampling(Sampling::new().task_rate(0.5)).start();
    /// for task in (1..100).map(Uuid::from_u128) {
    ///     let span = task_scope!("task.orchestration", task_uuid = task, correlation_id = task, namespace = "payments");
    ///     span.in_scope(|| ());
    /// }
    /// assert!(capture.spans().iter().all(|span| span.tracestate() == "ot=th:8"));
    /// ```
    pub fn tracestate(&self) -> &str {
        &self.0.tracestate
    }

    /// How many spans of its kind it represents: 1 / p, if it was sampled with the probability p below 1. `None` if no
    /// probability selected it, because its error or its duration did.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    /// use tasker_span_runtime::{Sampling, Uuid, task_scope};
    ///
    /// let capture = Capture::builder().sampling(Sampling::new().task_rate(0.5)).start();
    /// for task in (1..100).map(Uuid::from_u128) {
    ///     let span = task_scope!("task.orchestration", task_uuid = task, correlation_id = task, namespace = "payments");
    ///     span.in_scope(|| ());
    /// }
    /// assert!(capture.spans().iter().all(|span| span.adjusted_count() == Some(2.0)));
    /// ```
    pub fn adjusted_count(&self) -> Option<f64> {
        match adjusted_count(&self.0.tracestate) {
            None if self.text("tasker.sampled_by").is_some() => None,
            count => Some(count.unwrap_or(1.0)),
        }
    }

    /// OpenTelemetry's span kind.
    pub fn kind(&self) -> SpanKind {
        self.0.kind
    }

    /// When the span began.
    pub fn start(&self) -> SystemTime {
        self.0.start
    }

    /// When it ended.
    pub fn end(&self) -> SystemTime {
        self.0.end
    }

    /// From start to end; zero where the clock was set back in between.
    pub fn duration(&self) -> Duration {
        self.0.end.duration_since(self.0.start).unwrap_or_default()
    }

    /// Every attribute in the order of recording, a key that was exported twice included.
    pub fn attributes(&self) -> &[(String, Value)] {
        &self.0.attributes
    }

    /// The attribute of this name; the first where there are several.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        find(&self.0.attributes, name)
    }

    /// The attribute of this name, where it is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attribute(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The attribute of this name, where it is an integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.attribute(name)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// The attribute of this name, where it is the text of a UUID.
    pub fn uuid(&self, name: &str) -> Option<Uuid> {
        self.text(name).and_then(|text| Uuid::try_parse(text).ok())
    }

    /// The outcome: `Unset` for a success, or `Error` with a description.
    pub fn status(&self) -> &Status {
        &self.0.status
    }

    /// Whether the status is `Error`.
    pub fn is_error(&self) -> bool {
        matches!(self.0.status, Status::Error { .. })
    }

    /// The attribute `error.type`.
    pub fn error_type(&self) -> Option<&str> {
        self.text("error.type")
    }

    /// The events in the order in which they happened.
    pub fn events(&self) -> &[CapturedEvent] {
        &self.0.events
    }

    /// The links in the order in which they were added.
    pub fn links(&self) -> &[CapturedLink] {
        &self.0.links
    }

    /// Whether a link points at `other`.
    pub fn is_linked_to(&self, other: &CapturedSpan) -> bool {
        self.links()
            .iter()
            .any(|link| (link.trace_id(), link.span_id()) == (other.trace_id(), other.span_id()))
    }
}
