//! Recording on `tracing` spans.

use std::sync::Arc;

use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, Value};
use smallvec::SmallVec;
use tracing::field::FieldSet;
use tracing::span::Record;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::links::{self, links};
use super::otel::{Demand, Kept, derived_context, with_demand};
use super::{ContainedSpan, Parentage, code};
use crate::attributes::{AttributeValue, Attributes};
use crate::catalogue::{Attribute, SpanKind};
use crate::field::FieldValue;
use crate::identity::{SpanId, TraceId};
use crate::layer;
use crate::link::Links;
use crate::messaging::Operation;
use crate::outcome::{Failure, caught};
use crate::sampling::Decision;
use crate::scope::{Scope, SpanRef};
use crate::site::Site;

/// All that a span is started from.
pub(crate) struct StartOf<'a> {
    pub(crate) scope: &'a Arc<Scope>,
    pub(crate) attributes: &'a Attributes,
    pub(crate) fields: &'a [FieldValue],
    pub(crate) links: Option<&'a Links>,
    pub(crate) parentage: Parentage,
    pub(crate) span_id: Option<SpanId>,
    /// Why the span is kept, where that has been decided.
    pub(crate) kept: Option<Kept>,
    /// What the span's parent says of its own sampling.
    pub(crate) before: Option<Decision>,
}

/// A span being recorded: the `tracing` side, whose drop ends the span.
#[derive(Debug)]
pub(crate) struct Recording(ContainedSpan);

/// The exported side of a span, which outlives its `tracing` side.
#[derive(Clone, Debug)]
pub(crate) struct Handle(Context);

/// How a span joins the trace if the running code stands in it. A span of another process, which a propagator has made
/// current, counts where the span may stand under one, and is further away than any span of this process.
pub(crate) fn standing_in(trace_id: TraceId, under_remote: bool) -> Option<Parentage> {
    let is_in_trace = |context: &SpanContext| context.trace_id().to_bytes() == trace_id.to_u128().to_be_bytes();
    let is_remote = Context::map_current(|context| {
        let span = context.span();
        is_in_trace(span.span_context()).then(|| span.span_context().is_remote())
    });
    if is_remote == Some(false) {
        return Some(Parentage::Current);
    }
    if current_span_context().is_some_and(|context| is_in_trace(context.span().span_context())) {
        return Some(Parentage::CurrentSpan);
    }
    (is_remote.is_some() && under_remote).then_some(Parentage::Remote)
}

/// The context of the current `tracing` span. A layer without context activation leaves it there, and where another context
/// has been attached since, it is no longer the current one.
fn current_span_context() -> Option<Context> {
    // It starts the exported span where nobody has asked for it before, which a processor is shown.
    let context = caught(|| {
        tracing::dispatcher::get_default(|dispatch| {
            let span = dispatch.current_span();
            tracing_opentelemetry::get_otel_context(span.id()?, dispatch)
        })
    });
    context.flatten()
}

/// The context of whatever called the running code.
pub(super) fn foreign_context() -> Option<SpanContext> {
    let active = Context::map_current(|context| context.span().span_context().clone());
    if active.is_valid() {
        return Some(active);
    }
    let context = current_span_context()?.span().span_context().clone();
    context.is_valid().then_some(context)
}

/// The context of the running code: of the span in this trace, where it stands in one, or else of whatever is current.
pub(crate) fn current_context(trace_id: Option<TraceId>) -> Option<SpanContext> {
    match trace_id.and_then(|trace_id| standing_in(trace_id, false)) {
        Some(Parentage::CurrentSpan) => current_span_context().map(|context| context.span().span_context().clone()),
        _ => foreign_context(),
    }
}

impl Recording {
    pub(crate) fn start(start: &StartOf<'_>) -> Self {
        let site = start.scope.site;
        let (parent, demanded) = match start.parentage {
            Parentage::Current => (None, Demand::default()),
            Parentage::CurrentSpan => (Some(current_span_context().unwrap_or_default()), Demand::default()),
            Parentage::Remote => (Some(Context::current()), Demand::default()),
            Parentage::Derived { trace_id, parent } => {
                let demanded = Demand {
                    trace_id: parent.is_none().then_some(trace_id),
                    derived_parent: true,
                    ..Demand::default()
                };
                let parent = parent.map_or_else(Context::new, |parent| derived_context(trace_id, parent));
                (Some(parent), demanded)
            }
        };
        let links = links(start, parent.as_ref());
        let span =
            ContainedSpan::open(|| layer::with_starting(start.scope, || open(site, start.attributes, start.fields)));
        let demand = Demand {
            span_id: start.span_id,
            kept: start.kept,
            before: start.before,
            code: Some(site),
            ..demanded
        };
        let started = caught(|| start_exported(span.span(), start, parent, links, demand));
        let (span, handle) = match started {
            Some(handle) => (span, handle),
            // A processor has panicked. The OpenTelemetry layer would now do so at each further call.
            None => (ContainedSpan::none(), Handle(Context::default())),
        };
        if let Some(span) = SpanRef::new(span.span()) {
            let _ = start.scope.span.set(span);
        }
        let _ = start.scope.handle.set(handle);
        Self(span)
    }

    /// Of a span that is dropped.
    pub(crate) const fn none() -> Self {
        Self(ContainedSpan::none())
    }

    pub(crate) fn span(&self) -> &ContainedSpan {
        &self.0
    }
}

/// Starts the exported side of a span that has just been opened.
fn start_exported(
    span: &tracing::Span,
    start: &StartOf<'_>,
    parent: Option<Context>,
    links: impl Iterator<Item = SpanContext>,
    demand: Demand,
) -> Handle {
    if let Some(parent) = parent {
        // It fails only where no OpenTelemetry layer listens, and then there is no parent to set either.
        let _ = span.set_parent(parent);
    }
    links::add(links, span, start);
    if let Some(links) = start.links {
        // Before the span starts: the conventions want them where a sampler sees them.
        let attributes = links.received().attributes(Operation::Process, start.scope.site);
        attributes.for_each(|(key, value)| span.set_attribute(key, value));
    }
    // Asking for the context starts the exported span, while the demand stands.
    let (context, left) = with_demand(demand, || span.context());
    let handle = Handle(context);
    handle.add(left.code.into_iter().flat_map(code::attributes));
    handle
}

/// Records an attribute that the span of `scope` declared at its start.
pub(crate) fn record(scope: &Scope, attribute: Attribute, value: AttributeValue<'_>) {
    let fields = scope.site.callsite().metadata.fields();
    let (Some(span), Some(field)) = (scope.span.get(), fields.field(attribute.name())) else {
        return;
    };
    let mut buffer = [0; 36];
    let held = Held::new(value, &mut buffer);
    let values = [(&field, Some(held.as_value()))];
    let values = fields.value_set(&values);
    caught(|| span.with(|dispatch, id| dispatch.record(id, &Record::new(&values))));
}

impl Handle {
    /// The exported span's id, where a layer exports it.
    pub(crate) fn span_id(&self) -> Option<SpanId> {
        SpanId::from_u64(u64::from_be_bytes(self.0.span().span_context().span_id().to_bytes()))
    }

    /// The exported span's trace, where a layer exports it.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_u128(u128::from_be_bytes(self.0.span().span_context().trace_id().to_bytes()))
    }

    /// Whether the span is exported when it ends.
    pub(crate) fn is_sampled(&self) -> bool {
        self.0.span().span_context().is_sampled()
    }

    /// Sets an attribute that is no field of the span, so that logs stay short.
    pub(crate) fn attribute(&self, key: &'static str, value: impl Into<Value>) {
        self.0.span().set_attribute(KeyValue::new(key, value));
    }

    pub(crate) fn fail(&self, failure: Failure) {
        let (error_type, description) = failure.into_parts();
        self.attribute("error.type", error_type);
        self.0.span().set_status(Status::error(description));
    }

    /// Links to the root of a task whose UUID became known after the start.
    pub(crate) fn link(&self, trace_id: TraceId, span_id: SpanId) {
        let context = derived_context(trace_id, span_id);
        self.0
            .span()
            .add_link(context.span().span_context().clone(), Vec::new());
    }

    fn add(&self, attributes: impl Iterator<Item = KeyValue>) {
        let span = self.0.span();
        attributes.for_each(|attribute| span.set_attribute(attribute));
    }
}

/// Opens the tracing span with its fields.
fn open(site: &'static Site, attributes: &Attributes, fields: &[FieldValue]) -> tracing::Span {
    let metadata = site.callsite().metadata;
    let kind = match site.kind() {
        SpanKind::Internal => None,
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    };
    let mut buffers = [[0; 36]; Attribute::ALL.len()];
    let mut free = buffers.iter_mut();
    let values = site.attributes().iter().map(|attribute| {
        let value = attributes.get(*attribute)?;
        free.next().map(|buffer| Held::new(value, buffer))
    });
    let held: SmallVec<[_; Attribute::ALL.len()]> = values.collect();
    let mut all: SmallVec<[_; 2 * Attribute::ALL.len()]> = SmallVec::new();
    all.extend(held.iter().map(|value| value.as_ref().map(Held::as_value)));
    all.push(kind.as_ref().map(|kind| kind as &dyn tracing::Value));
    all.extend(fields.iter().map(FieldValue::as_value));
    let fields: &FieldSet = metadata.fields();
    all.resize(fields.len(), None);
    // Once more, at the last moment: filters of single layers keep their answer until the next span or event, and what ran
    // since the first time may have written events.
    if !site.callsite().is_enabled() {
        return tracing::Span::none();
    }
    tracing::Span::new(metadata, &fields.value_set_all(&all))
}

/// A value between the attributes and the subscriber.
enum Held<'a> {
    Text(&'a str),
    Integer(i64),
}

impl<'a> Held<'a> {
    fn new(value: AttributeValue<'a>, buffer: &'a mut [u8; 36]) -> Self {
        match value {
            AttributeValue::Uuid(id) => Self::Text(id.hyphenated().encode_lower(buffer)),
            AttributeValue::Text(text) => Self::Text(text),
            AttributeValue::Integer(integer) => Self::Integer(integer),
        }
    }

    fn as_value(&self) -> &dyn tracing::Value {
        match self {
            Self::Text(text) => text,
            Self::Integer(integer) => integer,
        }
    }
}
