//! Derived ids and root decisions inside the OpenTelemetry SDK, which offers no other door to either: an id generator and
//! a sampler that read what the starting span left for them in a thread-local. The sampler also adds the attributes that
//! are known before the span starts, which costs less than setting them after it.

use std::cell::Cell;
use std::fmt;

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{RandomIdGenerator, SamplingDecision, SamplingResult, ShouldSample};

use super::code;
use crate::identity;
use crate::sampling::{Decision, remove_ot, write_ot};
use crate::scope;
use crate::site::Site;

/// What the span that starts next on this thread must be.
#[derive(Clone, Copy, Default)]
pub(super) struct Demand {
    pub(super) trace_id: Option<identity::TraceId>,
    pub(super) span_id: Option<identity::SpanId>,
    /// The parent is an id computed here, not a span whose sampling decision anybody has taken.
    pub(super) derived_parent: bool,
    /// Why the span is kept, where that has been decided.
    pub(super) kept: Option<Kept>,
    /// What the parent's `tracestate` tells, where a scope of ours has written it.
    pub(super) before: Option<Decision>,
    /// Where the code is; still there afterwards if the provider has another sampler.
    pub(super) code: Option<&'static Site>,
}

/// Why a span is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kept {
    /// All such spans are, as far as sampling goes: the provider's own sampler has a say.
    Certain,
    /// By consistent probability sampling.
    Sampled(Decision),
    /// With the span that it stands under.
    WithParent,
    /// It failed, or something inside of it did.
    ByError,
}

thread_local! {
    static DEMAND: Cell<Option<Demand>> = const { Cell::new(None) };
}

/// Runs `start`, which starts exactly one span, under the demand. Returns what nobody took of it as well.
pub(super) fn with_demand<R>(demand: Demand, start: impl FnOnce() -> R) -> (R, Demand) {
    struct Reset(Option<Demand>);
    impl Drop for Reset {
        fn drop(&mut self) {
            DEMAND.set(self.0);
        }
    }
    let _reset = Reset(DEMAND.replace(Some(demand)));
    let started = start();
    (started, DEMAND.get().unwrap_or_default())
}

/// Takes a part of the demand, for the span that it was made for and none that a processor starts.
fn take<T: Default>(part: impl FnOnce(&mut Demand) -> &mut T) -> T {
    let Some(mut demand) = DEMAND.get() else {
        return T::default();
    };
    let taken = std::mem::take(part(&mut demand));
    DEMAND.set(Some(demand));
    taken
}

/// The context of a span that stands in another process, or that is not emitted yet.
pub(super) fn derived_context(trace_id: identity::TraceId, span_id: identity::SpanId) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        TraceId::from(trace_id.to_u128()),
        SpanId::from(span_id.to_u64()),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    ))
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

/// The trace of the task around the running code, where sampling has dropped it: a span inside that has no parent hands no
/// other trace on.
fn dropped_trace_id() -> Option<TraceId> {
    let task_uuid = scope::innermost(scope::Frame::dropped)??.task_uuid?;
    Some(TraceId::from(identity::trace_id(task_uuid).to_u128()))
}

impl<I: opentelemetry_sdk::trace::IdGenerator> opentelemetry_sdk::trace::IdGenerator for IdGenerator<I> {
    fn new_trace_id(&self) -> TraceId {
        match take(|demand| &mut demand.trace_id) {
            Some(id) => TraceId::from(id.to_u128()),
            None => dropped_trace_id().unwrap_or_else(|| self.inner.new_trace_id()),
        }
    }

    fn new_span_id(&self) -> SpanId {
        match take(|demand| &mut demand.span_id) {
            Some(id) => SpanId::from(id.to_u64()),
            None => self.inner.new_span_id(),
        }
    }
}

/// Wraps a sampler so that it decides about a task's first span in a process as about a root.
///
/// Without it a `ParentBased` sampler takes the derived id of the parent for a sampling decision, and never applies a
/// ratio. A decision by trace id is the same in every process, because the trace id is.
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
    /// Wraps the deciding sampler.
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl<S: fmt::Debug> fmt::Debug for Sampler<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sampler").field(&self.inner).finish()
    }
}

fn decided(decision: SamplingDecision, trace_state: TraceState) -> SamplingResult {
    SamplingResult {
        decision,
        attributes: Vec::new(),
        trace_state,
    }
}

fn parent_state(parent: Option<&Context>) -> TraceState {
    parent.map_or(TraceState::NONE, |parent| {
        parent.span().span_context().trace_state().clone()
    })
}

/// The parent's, with the threshold and the randomness of the decision; without those of another decision, which `before` has
/// written there.
fn trace_state(parent: Option<&Context>, before: Option<Decision>, decision: Option<Decision>) -> TraceState {
    let state = parent_state(parent);
    let mut text = state.header();
    if let Some(before) = before {
        text = remove_ot(&text, &before);
    }
    if let Some(decision) = decision {
        text = write_ot(Some(&*text).filter(|text| !text.is_empty()), &decision);
    }
    text.parse().unwrap_or(state)
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
        let is_ours = DEMAND
            .get()
            .is_some_and(|demand| demand.derived_parent || demand.code.is_some());
        let derived = take(|demand| &mut demand.derived_parent);
        let parent_context = if derived { None } else { parent_context };
        let before = take(|demand| &mut demand.before);
        let kept = take(|demand| &mut demand.kept);
        let keep = |state| decided(SamplingDecision::RecordAndSample, state);
        let mut result = match kept {
            Some(Kept::Sampled(decision)) => keep(trace_state(parent_context, before, Some(decision))),
            // The parent's own `tracestate` is not at hand where only its id is known.
            Some(Kept::WithParent) if derived => keep(trace_state(None, None, before)),
            Some(Kept::WithParent | Kept::ByError) => keep(parent_state(parent_context)),
            // What other code starts inside of a dropped scope is dropped with it.
            None if !is_ours && scope::is_dropped() => decided(SamplingDecision::Drop, parent_state(parent_context)),
            None | Some(Kept::Certain) => {
                self.inner
                    .should_sample(parent_context, trace_id, name, span_kind, attributes, links)
            }
        };
        if let (Some(Kept::Certain), Some(before)) = (kept, before)
            && result.trace_state == parent_state(parent_context)
        {
            result.trace_state = trace_state(parent_context, Some(before), None);
        }
        if let Some(site) = take(|demand| &mut demand.code)
            && result.decision != SamplingDecision::Drop
        {
            // A layer that adds locations itself has been here already.
            let is_present = |added: &KeyValue| attributes.iter().any(|present| present.key == added.key);
            let has_location = attributes
                .iter()
                .any(|present| present.key.as_str().starts_with("code."));
            result
                .attributes
                .extend(code::attributes(site).filter(|added| !has_location || !is_present(added)));
        }
        result
    }
}
