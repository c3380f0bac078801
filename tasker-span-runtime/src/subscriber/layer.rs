//! `SpanLayer` as a layer of `tracing`: puts other code's spans on the span stack, and adds events
//! and late attributes to local spans. It exports nothing.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc as StdArc, OnceLock};

use opentelemetry_sdk::trace::SdkTracer;
use tracing::dispatcher::WeakDispatch;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use triomphe::Arc;

use super::compiled_out::report_compiled_out;
use super::filter::exporter_crate;
use super::log_record::target;
use super::{attach, events, promote};
use crate::catalogue::{Attribute, copies};
use crate::outcome::{bounded, caught};
use crate::record::{Limits, Recorder, SpanNames, find_unsampled_by};
use crate::span::stack::{self, Entered, Told};
use crate::span::tell;
use crate::span::{LocalSpan, Settings, SpanLayer, UnknownNamespace, end_unobserved, record_late};
use crate::{clock, identity, notice, sampling};

const MISPLACED: &str = "tasker-span: a layer of this crate has no effect: it is inside a layer that hides it, such as \
     `reload::Layer`, or beside another layer of this crate";

impl SpanLayer {
    /// A layer that exports spans through `tracer`. Its provider must use our
    /// [`IdGenerator`](crate::otel::IdGenerator) and [`Sampler`](crate::otel::Sampler).
    pub fn new(tracer: SdkTracer) -> Self {
        report_compiled_out();
        Self::with_recorder(Recorder::through(tracer))
    }

    pub(crate) fn with_recorder(recorder: Recorder) -> Self {
        find_unsampled_by(attach::unsampled);
        copies::announce();
        // A child whose parent is making one of these at the fork would wait for it for ever.
        clock::prepare();
        identity::prepare();
        sampling::prepare();
        Self(StdArc::new(Settings {
            recorder,
            limits: Limits::DEFAULT,
            is_strict: false,
            unknown_namespace: UnknownNamespace::default(),
            names: SpanNames::default(),
            is_visible: AtomicBool::new(true),
            is_always_visible: false,
            is_wrapped: AtomicBool::new(false),
            has_own_tracer: AtomicBool::new(false),
            attaches_context: AtomicBool::new(false),
            dispatch: OnceLock::new(),
            activates_context: false,
            trace_filter: None,
            open_work: None,
            realm: 0,
            rates: None,
            promote: promote::promote,
            end: end_unobserved,
            context: attach::context,
        }))
    }

    /// Panics at a violation of the catalogue, with the path of spans that led to it. For tests.
    #[must_use]
    pub fn strict(self) -> Self {
        self.change(|settings| settings.is_strict = true)
    }

    /// Exports the finished spans that still [wait for their
    /// transition](https://github.com/tasker-systems/tasker-span/blob/main/docs/spans.md#work-outside-of-its-transition). A
    /// program calls it before its provider's `force_flush` and `shutdown`; it does not wait for the exporter.
    ///
    /// ```
    /// use opentelemetry::trace::TracerProvider;
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use tasker_span_runtime::otel::SpanLayer;
    ///
    /// let provider = SdkTracerProvider::default();
    /// let layer = SpanLayer::new(provider.tracer("tasker"));
    /// // A clone of the layer is in the subscriber.
    /// layer.flush();
    /// provider.shutdown()?;
    /// # Ok::<(), opentelemetry_sdk::error::OTelSdkError>(())
    /// ```
    pub fn flush(&self) {
        self.0.recorder.stop_waiting();
    }

    /// What a span is whose required `namespace` nothing supplies, as by
    /// [`TelemetryBuilder::unknown_namespace`](crate::TelemetryBuilder::unknown_namespace).
    #[must_use]
    pub fn unknown_namespace(self, unknown: UnknownNamespace) -> Self {
        self.change(|settings| settings.unknown_namespace = unknown)
    }

    /// The exported names of spans, as by [`TelemetryBuilder::span_names`](crate::TelemetryBuilder::span_names).
    #[must_use]
    pub fn span_names(self, names: SpanNames) -> Self {
        self.change(|settings| settings.names = names)
    }

    /// Makes a span of this crate OpenTelemetry's current one while its code runs, for code that
    /// calls OpenTelemetry's own API inside. It costs some 200 ns for each time that a span is
    /// entered.
    ///
    /// Without it, [`TraceContext::current`](crate::TraceContext::current) and `tracing` spans know
    /// the span all the same.
    #[must_use]
    pub fn activate_context(self) -> Self {
        self.change(|settings| settings.activates_context = true)
    }

    /// Changes the settings of this layer, and not those of its clones.
    pub(crate) fn change(self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = StdArc::try_unwrap(self.0).unwrap_or_else(|shared| Settings {
            recorder: shared.recorder.clone(),
            is_visible: AtomicBool::new(shared.is_visible.load(Ordering::Relaxed)),
            is_wrapped: AtomicBool::new(shared.is_wrapped.load(Ordering::Relaxed)),
            has_own_tracer: AtomicBool::new(shared.has_own_tracer.load(Ordering::Relaxed)),
            attaches_context: AtomicBool::new(shared.attaches_context.load(Ordering::Relaxed)),
            dispatch: shared.dispatch.clone(),
            trace_filter: shared.trace_filter.clone(),
            open_work: shared.open_work.clone(),
            rates: shared.rates.clone(),
            ..*shared
        });
        change(&mut settings);
        Self(StdArc::new(settings))
    }

    /// Tells the marks of this subscriber's spans from those of others.
    fn address(&self) -> usize {
        StdArc::as_ptr(&self.0).addr()
    }

    /// The innermost local span, if it gets this subscriber's events.
    fn span_of_events(&self) -> Option<Arc<LocalSpan>> {
        stack::innermost_of_events(|entry| {
            let Entered::Local { span, told } = &entry.span else {
                return None;
            };
            let is_own = span
                .settings
                .as_ref()
                .is_some_and(|settings| StdArc::ptr_eq(settings, &self.0));
            let has_sdk = match told {
                Told::No => false,
                Told::ByUs(promoted) => promoted.sdk.is_some(),
                Told::ByOtherCode => span.promoted().is_some_and(|promoted| promoted.sdk.is_some()),
            };
            (is_own && !has_sdk && span.is_exported()).then(|| Arc::clone(span))
        })?
    }
}

impl fmt::Debug for SpanLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanLayer")
            .field("strict", &self.0.is_strict)
            .finish_non_exhaustive()
    }
}

/// The layer of a test's capture, whose identity cache and rates are its own.
#[cfg(feature = "testing")]
pub(crate) fn capture_layer(
    recorder: Recorder,
    rates: StdArc<arc_swap::ArcSwap<crate::sampling::Rates>>,
    is_strict: bool,
    activates_context: bool,
) -> SpanLayer {
    static REALMS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let realm = u128::from(REALMS.fetch_add(1, Ordering::Relaxed));
    SpanLayer::with_recorder(recorder).change(|settings| {
        settings.rates = Some(rates);
        settings.is_strict = is_strict;
        settings.activates_context = activates_context;
        // Odd multiples of the golden ratio: no two realms map one id to the other's by chance.
        settings.realm = realm.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    })
}

/// In the extensions of a promoted span.
struct LocalRef(Arc<LocalSpan>);

/// In the extensions of other code's span: the local span in which it was created.
struct Enclosing {
    span: Arc<LocalSpan>,
    /// It is unsampled with that span, and its parent's context may not tell.
    is_unsampled: bool,
}

/// What a `tracing` span has to do with local spans.
#[derive(Debug)]
pub(crate) enum Relation {
    /// It is the `tracing` side of this local span, which may have ended.
    Is(Arc<LocalSpan>),
    /// It is other code's, and was created in this local span.
    In(Arc<LocalSpan>),
    Unrelated,
}

pub(crate) fn relation<S: for<'span> LookupSpan<'span>>(span: &SpanRef<'_, S>) -> Relation {
    let extensions = span.extensions();
    if let Some(LocalRef(span)) = extensions.get() {
        return Relation::Is(Arc::clone(span));
    }
    match extensions.get() {
        Some(Enclosing { span, .. }) => Relation::In(Arc::clone(span)),
        None => Relation::Unrelated,
    }
}

/// The local span that a `tracing` span is in, or is.
fn enclosing<S: for<'span> LookupSpan<'span>>(span: &SpanRef<'_, S>) -> Option<Arc<LocalSpan>> {
    match relation(span) {
        Relation::Is(span) | Relation::In(span) => Some(span),
        Relation::Unrelated => None,
    }
}

fn local<S: for<'span> LookupSpan<'span>>(span: &SpanRef<'_, S>) -> Option<Arc<LocalSpan>> {
    span.extensions().get::<LocalRef>().map(|local| Arc::clone(&local.0))
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        let _ = self.0.dispatch.set(subscriber.downgrade());
        let found = subscriber.downcast_ref::<SpanLayer>();
        if found.is_none_or(|found| !StdArc::ptr_eq(&found.0, &self.0)) {
            static NOTICE: notice::Once = notice::Once::new();
            // The subscriber takes no events yet.
            NOTICE.print(format_args!("{MISPLACED}"));
        }
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        copies::look_at(metadata);
        Interest::always()
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(local) = super::promoting::insert(attributes.metadata()) {
            span.extensions_mut().replace(LocalRef(local));
            return;
        }
        let enclosing = match attributes.parent() {
            Some(parent) => context.span(parent).and_then(|parent| enclosing(&parent)),
            None if attributes.is_contextual() => stack::enclosing(),
            None => None,
        };
        if let Some(enclosing) = enclosing {
            let asks = attributes.is_contextual() && !self.0.attaches_context.load(Ordering::Relaxed);
            let unsampled = attach::innermost_unsampled().filter(|_| asks);
            span.extensions_mut().replace(Enclosing {
                span: enclosing,
                is_unsampled: unsampled.is_some(),
            });
            let dispatch = self.0.dispatch.get().and_then(WeakDispatch::upgrade);
            if let Some((trace_id, dispatch)) = unsampled.zip(dispatch) {
                attach::start_unsampled(id, &dispatch, trace_id);
            }
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(local) = context.span(id).and_then(|span| local(&span)) {
            values.record(&mut LateValues(&local));
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.is_contextual()
            && let Some(span) = self.span_of_events()
            && exporter_crate(target(event)).is_none()
        {
            // The values of the event are the program's.
            caught(|| events::collect(&span, event));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if tell::is_telling() {
            return;
        }
        let Some(span) = context.span(id) else { return };
        if let Some(local) = local(&span) {
            return stack::push_told(local);
        }
        let is_unsampled = |enclosing: &Enclosing| enclosing.is_unsampled;
        let is_unsampled = span.extensions().get().is_some_and(is_unsampled);
        stack::push_foreign(self.address(), id, enclosing(&span), is_unsampled);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        if tell::is_telling() {
            return;
        }
        match context.span(id).and_then(|span| local(&span)) {
            Some(local) => stack::pop_told(&local),
            None => stack::pop_foreign(self.address(), id),
        }
    }
}

/// Takes catalogue attributes that were recorded on the `tracing` side of a span.
struct LateValues<'a>(&'a LocalSpan);

impl LateValues<'_> {
    fn take(&self, field: &Field, text: impl FnOnce() -> String) {
        let mut own = self.0.site.attributes().iter().copied();
        let Some(attribute) = own.find(|attribute: &Attribute| attribute.name() == field.name()) else {
            return;
        };
        record_late(self.0, attribute, &text());
        // The OpenTelemetry layer has set the same attribute. The catalogue's value is exported.
        if self.0.with_known(|known| known.get(attribute).is_some()) {
            self.0
                .extend(|extra| extra.attributes.retain(|set| set.key.as_str() != field.name()));
        }
    }
}

impl Visit for LateValues<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || bounded(&format_args!("{value:?}")));
    }
}
