//! `Exported`: a span as an exporter wrote it, with its service.

use std::collections::HashMap;
use std::sync::Arc;

use opentelemetry_sdk::trace::SpanData;
use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::identity::{SpanId, TraceId};
use tasker_span_runtime::testing::Spans;

#[derive(Clone, Debug)]
pub(crate) struct Exported {
    pub(crate) data: SpanData,
    pub(crate) service: Option<Arc<str>>,
}

/// In the test kit's form, without spans that have no valid ids.
pub(super) fn captured(exported: &[Exported], unknown: UnknownNamespace) -> Spans {
    Spans::from_exported(exported.iter().map(|exported| exported.data.clone()), unknown)
}

pub(super) fn services(exported: &[Exported]) -> HashMap<(TraceId, SpanId), Arc<str>> {
    let service = |exported: &Exported| {
        let context = &exported.data.span_context;
        let trace_id = TraceId::from_u128(u128::from_be_bytes(context.trace_id().to_bytes()))?;
        let span_id = SpanId::from_u64(u64::from_be_bytes(context.span_id().to_bytes()))?;
        Some(((trace_id, span_id), exported.service.clone()?))
    };
    exported.iter().filter_map(service).collect()
}
