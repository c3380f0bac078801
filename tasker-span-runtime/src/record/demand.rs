//! `Demand`: what the span that the SDK starts next must be. An id generator and a sampler read it
//! from a thread-local: the SDK offers no other door.

use std::cell::RefCell;
use std::fmt;

use opentelemetry::trace::{Link, SpanId, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{RandomIdGenerator, SamplingDecision, SamplingResult, ShouldSample};

use super::marks::code;
use crate::catalogue::site::Site;
use crate::identity;

/// The ids of a span of ours, and the decision about it.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) trace_id: identity::TraceId,
    pub(crate) span_id: identity::SpanId,
    pub(crate) is_sampled: bool,
    pub(crate) trace_state: TraceState,
    /// Where its code is, unless its attributes say so.
    pub(crate) site: Option<&'static Site>,
}

#[derive(Debug, Default)]
struct Demanded {
    trace_id: Option<identity::TraceId>,
    span_id: Option<identity::SpanId>,
    decision: Option<Demand>,
}

thread_local! {
    static DEMANDED: RefCell<Demanded> = const {
        RefCell::new(Demanded { trace_id: None, span_id: None, decision: None })
    };
}

/// Runs `start`, which starts exactly one span, under the demand.
pub(crate) fn with_demand<R>(demand: Demand, start: impl FnOnce() -> R) -> R {
    struct Reset(Demanded);
    impl Drop for Reset {
        fn drop(&mut self) {
            let before = std::mem::take(&mut self.0);
            let _ = DEMANDED.try_with(|demanded| demanded.replace(before));
        }
    }
    let demanded = Demanded {
        trace_id: Some(demand.trace_id),
        span_id: Some(demand.span_id),
        decision: Some(demand),
    };
    let before = DEMANDED.try_with(|slot| slot.replace(demanded));
    let _reset = Reset(before.unwrap_or_default());
    start()
}

/// Takes a part of the demand, for the span that it was made for and none that a processor starts.
fn take<T>(part: impl FnOnce(&mut Demanded) -> &mut Option<T>) -> Option<T> {
    DEMANDED
        .try_with(|demanded| part(&mut demanded.borrow_mut()).take())
        .ok()
        .flatten()
}

/// Assigns derived ids to Tasker's spans. All other spans get ids of the wrapped generator.
///
/// [`otel::provider`](crate::otel::provider) sets it. A program that wraps a generator of its own sets it itself:
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tasker_span_runtime::otel::IdGenerator;
///
/// let provider = SdkTracerProvider::builder().with_id_generator(IdGenerator::default()).build();
/// ```
#[derive(Clone, Debug)]
pub struct IdGenerator<I = RandomIdGenerator> {
    inner: I,
}

impl Default for IdGenerator {
    fn default() -> Self {
        Self::new(RandomIdGenerator::default())
    }
}

impl<I> IdGenerator<I> {
    /// Wraps the generator of all other ids.
    pub const fn new(inner: I) -> Self {
        Self { inner }
    }
}

impl<I: opentelemetry_sdk::trace::IdGenerator> opentelemetry_sdk::trace::IdGenerator for IdGenerator<I> {
    fn new_trace_id(&self) -> TraceId {
        match take(|demanded| &mut demanded.trace_id) {
            Some(id) => TraceId::from(id.to_u128()),
            None => super::unsampled::trace_id().unwrap_or_else(|| self.inner.new_trace_id()),
        }
    }

    fn new_span_id(&self) -> SpanId {
        match take(|demanded| &mut demanded.span_id) {
            Some(id) => SpanId::from(id.to_u64()),
            None => self.inner.new_span_id(),
        }
    }
}

/// Wraps the sampler of other code's spans: those of this crate are decided on by [`Sampling`](crate::Sampling).
///
/// Other code's spans inside an unsampled span are unsampled with it.
///
/// ```
/// use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
/// use tasker_span_runtime::otel::Sampler;
///
/// let ratio = SdkSampler::ParentBased(Box::new(SdkSampler::TraceIdRatioBased(0.25)));
/// let provider = SdkTracerProvider::builder().with_sampler(Sampler::new(ratio)).build();
/// ```
#[derive(Clone)]
pub struct Sampler<S> {
    inner: S,
}

impl<S> Sampler<S> {
    /// Wraps the sampler of other code's spans.
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: fmt::Debug> fmt::Debug for Sampler<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sampler").field(&self.inner).finish()
    }
}

impl<S: ShouldSample + Clone + 'static> ShouldSample for Sampler<S> {
    fn should_sample(
        &self,
        parent_context: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        span_kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        if let Some(demand) = take(|demanded| &mut demanded.decision) {
            return decided(demand, attributes);
        }
        if super::unsampled::trace_id().is_some() {
            let trace_state = parent_context.map_or(TraceState::NONE, |parent| {
                parent.span().span_context().trace_state().clone()
            });
            return SamplingResult {
                decision: SamplingDecision::Drop,
                attributes: Vec::new(),
                trace_state,
            };
        }
        self.inner
            .should_sample(parent_context, trace_id, name, span_kind, attributes, links)
    }
}

fn decided(demand: Demand, attributes: &[KeyValue]) -> SamplingResult {
    let decision = if demand.is_sampled {
        SamplingDecision::RecordAndSample
    } else {
        SamplingDecision::Drop
    };
    // A layer that adds locations itself has been here already.
    let is_present = |added: &KeyValue| attributes.iter().any(|present| present.key == added.key);
    let mut added = Vec::new();
    if let Some(site) = demand.site.filter(|_| demand.is_sampled) {
        code(site, |key, value| added.push(KeyValue::new(key, value)));
    }
    added.retain(|added| !is_present(added));
    SamplingResult {
        decision,
        attributes: added,
        trace_state: demand.trace_state,
    }
}
