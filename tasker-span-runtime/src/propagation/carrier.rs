//! The carrier: a span's context as text, for whatever transports it.

use super::traceparent::TraceParent;
use super::tracestate::TraceState;
use crate::identity::{SpanId, TraceId};

/// A span's context as a message carries it: `traceparent` and `tracestate`, nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Carrier(pub(super) Option<Carried>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Carried {
    pub(super) parent: TraceParent,
    pub(super) state: TraceState,
}

impl Carrier {
    /// What no span sent.
    pub const EMPTY: Self = Self(None);

    /// From the two headers as text.
    pub fn from_headers(traceparent: Option<&str>, tracestate: Option<&str>) -> Self {
        let Some(parent) = traceparent.and_then(TraceParent::parse) else {
            return Self::EMPTY;
        };
        let state = tracestate.and_then(TraceState::parse).unwrap_or_default();
        Self(Some(Carried { parent, state }))
    }

    /// Whether it carries nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The header `traceparent`.
    pub fn traceparent(&self) -> Option<String> {
        Some(self.0.as_ref()?.parent.to_string())
    }

    /// The header `tracestate`.
    pub fn tracestate(&self) -> Option<&str> {
        self.0.as_ref()?.state.as_str()
    }

    /// The sender's trace.
    pub fn trace_id(&self) -> Option<TraceId> {
        Some(self.0.as_ref()?.parent.trace_id)
    }

    /// The sender's span.
    pub fn span_id(&self) -> Option<SpanId> {
        Some(self.0.as_ref()?.parent.span_id)
    }

    /// Whether the sender's span was kept.
    pub fn is_sampled(&self) -> bool {
        self.0.as_ref().is_some_and(|carried| carried.parent.is_sampled())
    }
}
