//! `Settings`: what a subscriber decides for the spans that start under it. Sampling rates of the
//! process are in `sampling`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;
use opentelemetry::Context;
use tracing::dispatcher::WeakDispatch;
use tracing::{Dispatch, Metadata};
use uuid::Uuid;

use super::local::LocalSpan;
use super::promoted::Promoted;
use super::unknown_namespace::UnknownNamespace;
use crate::catalogue::attributes::Attributes;
use crate::record::{Limits, Recorder, SpanNames};
use crate::sampling::{self, Rates};

/// The layer that connects Tasker's spans with `tracing`: it finds enclosing spans and sees late attributes.
///
/// [`otel::layer`](crate::otel::layer) and [`Telemetry::layer`](crate::Telemetry::layer) contain it. A program that has a
/// `tracing-opentelemetry` layer adds it after that one, and [`SpanFilter`](crate::otel::SpanFilter) to that one:
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
/// use tasker_span_runtime::otel::{IdGenerator, Sampler, SpanFilter, SpanLayer};
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let provider = SdkTracerProvider::builder()
///     .with_id_generator(IdGenerator::default())
///     .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
///     .build();
/// let tracer = provider.tracer("tasker");
/// let opentelemetry = tracing_opentelemetry::layer().with_tracer(tracer.clone());
/// let subscriber = tracing_subscriber::registry()
///     .with(opentelemetry.with_filter(SpanFilter))
///     .with(SpanLayer::new(tracer));
/// # drop(subscriber);
/// ```
#[derive(Clone)]
pub struct SpanLayer(pub(crate) Arc<Settings>);

/// Whether a span or event is in the trace.
pub(crate) type TraceFilter = Arc<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>;

/// Is told of the spans by which tasks and steps are open. What lists them is in `open_work`.
pub(crate) trait ListsOpenWork: Send + Sync {
    /// A span has started.
    fn note_start(&self, span: &triomphe::Arc<LocalSpan>);

    /// A listed span ends.
    fn note_end(&self, span: &triomphe::Arc<LocalSpan>, has_succeeded: bool);

    /// A transition was recorded that no code ran.
    fn note_recorded(&self, task_uuid: Uuid, own: &Attributes);
}

/// The settings of one subscriber.
pub(crate) struct Settings {
    pub(crate) recorder: Recorder,
    /// The limits of each span while it runs.
    pub(crate) limits: Limits,
    /// Violations panic.
    pub(crate) is_strict: bool,
    pub(crate) unknown_namespace: UnknownNamespace,
    pub(crate) names: SpanNames,
    /// Sampled spans are `tracing` spans from their start, because nothing tells when they are wanted.
    pub(crate) is_visible: AtomicBool,
    /// The program asks for it.
    pub(crate) is_always_visible: bool,
    /// Our subscriber is around the layers, and tells when a span is wanted.
    pub(crate) is_wrapped: AtomicBool,
    /// The OpenTelemetry layer has our tracer: without it, a span cannot be promoted after its start. Of a program's own layer
    /// the first promoted span tells.
    pub(crate) has_own_tracer: AtomicBool,
    /// The context of a local span is attached while other code's span is created in it.
    pub(crate) attaches_context: AtomicBool,
    /// The subscriber. Weak, because it owns the settings.
    pub(crate) dispatch: OnceLock<WeakDispatch>,
    /// OpenTelemetry's current context is that of the local span while its code runs.
    pub(crate) activates_context: bool,
    /// Decides alone which spans and events are in the trace. Without it, the layers' filters decide.
    pub(crate) trace_filter: Option<TraceFilter>,
    /// The open work, if the program wants to see it.
    pub(crate) open_work: Option<Arc<dyn ListsOpenWork>>,
    /// Separates identity caches: 0 for the process, another value for each capture.
    pub(crate) realm: u128,
    /// The rates of a capture; otherwise those of the process.
    pub(crate) rates: Option<Arc<ArcSwap<Rates>>>,
    /// Makes a `tracing` span of a local span. A pointer, because `subscriber` depends on this folder.
    pub(crate) promote: fn(&triomphe::Arc<LocalSpan>, &Dispatch) -> Option<Promoted>,
    /// Ends a span whose guard outlives its thread. A pointer, because the end depends on the span stack.
    pub(crate) end: fn(triomphe::Arc<LocalSpan>),
    /// OpenTelemetry's context of a local span.
    pub(crate) context: fn(&triomphe::Arc<LocalSpan>) -> Option<Context>,
}

impl Settings {
    /// Our subscriber is around the layers.
    pub(crate) fn note_wrapped(&self) {
        self.is_wrapped.store(true, Ordering::Relaxed);
        self.hide();
    }

    /// The OpenTelemetry layer has our tracer.
    pub(crate) fn note_own_tracer(&self) {
        if !self.has_own_tracer.swap(true, Ordering::Relaxed) {
            self.hide();
        }
    }

    /// Spans need not be visible once both are known.
    fn hide(&self) {
        let may_hide = self.is_wrapped.load(Ordering::Relaxed) && self.has_own_tracer.load(Ordering::Relaxed);
        if may_hide && !self.is_always_visible {
            self.is_visible.store(false, Ordering::Relaxed);
        }
    }

    /// Calls `read` with the settings of the current subscriber, if it has our layer.
    #[inline]
    pub(crate) fn with_current<R>(read: impl FnOnce(&Arc<Self>, &Dispatch) -> R) -> Option<R> {
        let mut read = Some(read);
        tracing::dispatcher::get_default(|dispatch| {
            let layer = dispatch.downcast_ref::<SpanLayer>()?;
            read.take().map(|read| read(&layer.0, dispatch))
        })
    }

    #[inline]
    pub(crate) fn current() -> Option<Arc<Self>> {
        Self::with_current(|settings, _| Arc::clone(settings))
    }

    /// Reads the sampling rates: a capture's own, or else the process's.
    #[inline]
    pub(crate) fn with_rates<R>(&self, read: impl FnOnce(&Rates) -> R) -> R {
        match &self.rates {
            Some(rates) => read(&rates.load()),
            None => sampling::with_rates(read),
        }
    }
}
