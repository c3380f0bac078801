//! Spans that a provider of the program's own exports under other ids than ours.

use opentelemetry::trace::SpanContext;

use crate::identity::{SpanId, TraceId};
use crate::{notice, stats};

/// Counts a span that has other ids than these, and says once what the provider lacks.
pub(crate) fn note_other_ids(exported: &SpanContext, trace_id: TraceId, span_id: SpanId) {
    let is_own = exported.trace_id().to_bytes() == trace_id.to_u128().to_be_bytes()
        && exported.span_id().to_bytes() == span_id.to_u64().to_be_bytes();
    if !is_own {
        note();
    }
}

#[cold]
fn note() {
    static NOTICE: notice::Once = notice::Once::new();
    stats::SPANS_WITH_OTHER_IDS.add_one();
    NOTICE.print(format_args!(
        "tasker-span: WARN: spans of this crate are exported under random ids, so that their tasks have no roots: the tracer \
         provider lacks our id generator; build it with `otel::provider(…)`, or with \
         `.with_id_generator(otel::IdGenerator::default())`"
    ));
}
