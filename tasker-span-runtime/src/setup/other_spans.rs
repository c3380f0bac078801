//! `OtherSpansSampler`: the sampler of spans that belong to no task, at the rate of task spans.
//! Tasker's own spans are decided on in `sampling`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingResult, ShouldSample};

/// How spans that belong to no task are sampled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OtherSpans {
    /// A span with a parent is sampled if its parent is.
    pub(super) follow_parents: bool,
    /// The rate of the others, by their trace ids.
    pub(super) rate: f64,
}

/// A sampler whose settings can change. Its clones share them.
#[derive(Clone, Debug)]
pub(super) struct OtherSpansSampler(Arc<Current>);

#[derive(Debug)]
struct Current {
    follow_parents: AtomicBool,
    /// The bits of an `f64`.
    rate: AtomicU64,
}

impl OtherSpansSampler {
    pub(super) fn new(spans: OtherSpans) -> Self {
        Self(Arc::new(Current {
            follow_parents: AtomicBool::new(spans.follow_parents),
            rate: AtomicU64::new(spans.rate.to_bits()),
        }))
    }

    pub(super) fn get(&self) -> OtherSpans {
        OtherSpans {
            follow_parents: self.0.follow_parents.load(Ordering::Relaxed),
            rate: f64::from_bits(self.0.rate.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn set(&self, spans: OtherSpans) {
        self.0.follow_parents.store(spans.follow_parents, Ordering::Relaxed);
        self.0.rate.store(spans.rate.to_bits(), Ordering::Relaxed);
    }
}

impl ShouldSample for OtherSpansSampler {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let OtherSpans { follow_parents, rate } = self.get();
        let parent = parent_context.filter(|context| follow_parents && context.has_active_span());
        // The SDK's `ParentBased` would allocate for each span.
        let sampler = match parent.map(|context| context.span().span_context().is_sampled()) {
            Some(true) => Sampler::AlwaysOn,
            Some(false) => Sampler::AlwaysOff,
            None => Sampler::TraceIdRatioBased(rate),
        };
        sampler.should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::SamplingDecision;

    use super::*;

    fn samples(sampler: &OtherSpansSampler, parent: Option<TraceFlags>) -> bool {
        let trace_id = TraceId::from(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
        let parent = parent.map(|flags| {
            let span = SpanContext::new(trace_id, SpanId::from(1), flags, true, TraceState::NONE);
            Context::new().with_remote_span_context(span)
        });
        let result = sampler.should_sample(parent.as_ref(), trace_id, "", &SpanKind::Internal, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }

    #[test]
    fn follows_parents_or_does_not() {
        let (on, off) = (Some(TraceFlags::SAMPLED), Some(TraceFlags::default()));
        for (follow_parents, rate, expected) in [
            (true, 1.0, [true, true, false]),
            (true, 0.0, [false, true, false]),
            (false, 1.0, [true, true, true]),
            (false, 0.0, [false, false, false]),
        ] {
            let sampler = OtherSpansSampler::new(OtherSpans { follow_parents, rate });
            let decisions = [None, on, off].map(|parent| samples(&sampler, parent));
            assert_eq!(decisions, expected, "{follow_parents} {rate}");
        }
    }

    #[test]
    fn clones_share_changes() {
        let follow_parents = true;
        let spans = |rate| OtherSpans { follow_parents, rate };
        let sampler = OtherSpansSampler::new(spans(0.0));
        let clone = sampler.clone();
        sampler.set(spans(1.0));
        assert!(samples(&clone, None));
        assert_eq!(clone.get(), spans(1.0));
    }
}
