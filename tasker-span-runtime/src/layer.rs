//! The layer that lets spans find their scope again, and that a plain `Span::current().record(…)` reaches the scope.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::catalogue::Attribute;
use crate::late;
use crate::outcome::bounded;
use crate::sampling::Rates;
use crate::scope::{Scope, SpanScope};

/// The layer that connects Tasker's spans with `tracing`: it finds enclosing spans and sees late attributes.
///
/// [`otel::layer`](crate::otel::layer) and [`Telemetry::layer`](crate::Telemetry::layer) contain it. A program that has a
/// `tracing-opentelemetry` layer adds it beside that one:
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
/// use tasker_span_runtime::otel::{IdGenerator, Sampler, SpanLayer};
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let provider = SdkTracerProvider::builder()
///     .with_id_generator(IdGenerator::default())
///     .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
///     .build();
/// let tracer = provider.tracer("tasker");
/// let subscriber = tracing_subscriber::registry()
///     .with(SpanLayer::new(tracer.clone()))
///     .with(tracing_opentelemetry::layer().with_tracer(tracer));
/// # drop(subscriber);
/// ```
#[derive(Clone)]
pub struct SpanLayer {
    tracer: SdkTracer,
    strict: bool,
    /// Which memory of identities the spans under this layer share: 0 is the process's.
    realm: u128,
    /// The rates of a test's capture; none are the process's.
    rates: Option<Arc<ArcSwap<Rates>>>,
}

impl SpanLayer {
    /// A layer that exports root spans through `tracer`. Its provider must use our
    /// [`IdGenerator`](crate::otel::IdGenerator).
    pub const fn new(tracer: SdkTracer) -> Self {
        Self {
            tracer,
            strict: false,
            realm: 0,
            rates: None,
        }
    }

    /// Panics at a violation of the catalogue, with the path of spans that led to it. For tests.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Gives the spans under this layer a memory of identities of their own, as a test needs it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub(crate) fn isolated(mut self) -> Self {
        static REALMS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let realm = u128::from(REALMS.fetch_add(1, Ordering::Relaxed));
        // Odd multiples of the golden ratio: no two realms map one id to the other's by chance.
        self.realm = realm.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        ISOLATED.store(true, Ordering::Relaxed);
        self
    }

    /// Decides on the spans under this layer by rates of their own, as a test needs it.
    #[cfg(feature = "testing")]
    #[must_use]
    pub(crate) fn rates(mut self, rates: Arc<ArcSwap<Rates>>) -> Self {
        self.rates = Some(rates);
        self
    }

    pub(crate) fn tracer(&self) -> &SdkTracer {
        &self.tracer
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }
}

impl fmt::Debug for SpanLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanLayer")
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

/// Runs `f` with the layer of the current subscriber, if it has one.
pub(crate) fn with_current<R>(mut f: impl FnMut(&SpanLayer, &Dispatch) -> R) -> Option<R> {
    tracing::dispatcher::get_default(|dispatch| dispatch.downcast_ref::<SpanLayer>().map(|layer| f(layer, dispatch)))
}

/// Whether any layer of the process has a memory of its own.
static ISOLATED: AtomicBool = AtomicBool::new(false);

/// The memory of identities that the running code shares.
#[inline]
pub(crate) fn realm() -> u128 {
    if ISOLATED.load(Ordering::Relaxed) {
        with_current(|layer, _| layer.realm).unwrap_or(0)
    } else {
        0
    }
}

/// The rates of the capture that the running code is in, where it has any.
#[inline]
pub(crate) fn rates() -> Option<Arc<Rates>> {
    let is_isolated = ISOLATED.load(Ordering::Relaxed);
    is_isolated.then(|| with_current(|layer, _| layer.rates.as_ref().map(|rates| rates.load_full()))?)?
}

thread_local! {
    /// The scope of the span that is being opened on this thread.
    static STARTING: RefCell<Option<Arc<Scope>>> = const { RefCell::new(None) };
}

/// Runs `open`, which opens the span of `scope`.
pub(crate) fn with_starting<R>(scope: &Arc<Scope>, open: impl FnOnce() -> R) -> R {
    /// Puts back what stood there: another layer may open spans of ours while one of ours is being opened, or panic.
    struct Reset(Option<Arc<Scope>>);
    impl Drop for Reset {
        fn drop(&mut self) {
            let _ = STARTING.try_with(|starting| starting.replace(self.0.take()));
        }
    }
    let scope = Some(Arc::clone(scope));
    let before = STARTING.try_with(|starting| starting.replace(scope));
    let _reset = Reset(before.ok().flatten());
    open()
}

/// The scope of the span that is being opened, if `metadata` is that span's and not that of a span which a layer opens.
fn take_starting(metadata: &Metadata<'_>) -> Option<Arc<Scope>> {
    let is_its = |scope: &mut Arc<Scope>| scope.site.callsite().metadata.callsite() == metadata.callsite();
    STARTING
        .try_with(|starting| starting.borrow_mut().take_if(is_its))
        .ok()
        .flatten()
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let (Some(scope), Some(span)) = (take_starting(attributes.metadata()), context.span(id)) {
            span.extensions_mut().insert(SpanScope(scope));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let scope = context
            .span(id)
            .and_then(|span| span.extensions().get::<SpanScope>().map(|s| Arc::clone(&s.0)));
        if let Some(scope) = scope {
            values.record(&mut LateValues(&scope));
        }
    }
}

/// Hands recorded catalogue attributes to the scope.
struct LateValues<'a>(&'a Scope);

fn attribute(field: &Field) -> Option<Attribute> {
    let mut all = Attribute::ALL.iter().copied();
    all.find(|attribute| attribute.name() == field.name())
}

impl Visit for LateValues<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if let Some(attribute) = attribute(field) {
            late::note_text(self.0, attribute, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if let Some(attribute) = attribute(field) {
            late::note_text(self.0, attribute, &bounded(&format_args!("{value:?}")));
        }
    }
}
