//! `SpanSubscriber`: sees when the running code needs a `tracing` span, and promotes the local
//! spans that it is in. It changes nothing else of the subscriber that it wraps.

use std::any::TypeId;
use std::fmt;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use tracing::dispatcher::WeakDispatch;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::{attach, promote};
use crate::catalogue::copies;
use crate::outcome::caught;
use crate::span::SpanLayer;
use crate::span::stack;
use crate::span::tell;

/// Wraps a composed subscriber, so that spans of this crate cost less: they become `tracing` spans
/// only when code or another span needs one.
/// [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) does so by itself.
///
/// Without it each sampled span is a `tracing` span from its start. Wrap the whole subscriber, and
/// do not wrap it if a layer of your own must see every span. It has no effect beside a
/// `tracing-opentelemetry` layer that uses the plain `SdkTracer`.
///
/// Layers do not see a span that is not promoted. A `fmt` layer with a format of its own writes
/// lines without that span's name and ids, so give it [`LogFormat`](crate::LogFormat).
///
/// ```
/// use tasker_span_runtime::{LogFormat, SpanSubscriber, Telemetry};
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().console_only().build()?;
/// let registry = tracing_subscriber::registry()
///     .with(telemetry.layer())
///     .with(fmt::layer().event_format(LogFormat::full()));
/// let subscriber = SpanSubscriber::new(registry);
/// # drop(subscriber);
/// # Ok(())
/// # }
/// ```
pub struct SpanSubscriber<S> {
    inner: S,
    /// The layer of this crate in `inner`.
    layer: Option<SpanLayer>,
    /// Of this subscriber. Weak, because the dispatch owns the subscriber.
    dispatch: OnceLock<WeakDispatch>,
}

impl<S: Subscriber> SpanSubscriber<S> {
    /// Wraps a subscriber that has a layer of this crate. Without such a layer it changes nothing.
    pub fn new(inner: S) -> Self {
        let layer = <dyn Subscriber>::downcast_ref::<SpanLayer>(&inner).cloned();
        Self {
            inner,
            layer,
            dispatch: OnceLock::new(),
        }
    }

    /// Promotes the local spans that the running code is in, if there are any to promote. Returns the innermost one if it is
    /// not entered.
    fn promote(&self) -> Option<Current> {
        let SpanLayer(settings) = self.layer.as_ref()?;
        if tell::is_telling() || settings.is_visible.load(Ordering::Relaxed) {
            return None;
        }
        let untold = stack::untold(settings);
        if untold.spans.is_empty() {
            return None;
        }
        let dispatch = self.dispatch.get()?.upgrade()?;
        Some(promote::promote_untold(&untold, &dispatch))
    }
}

impl<S: Subscriber> Subscriber for SpanSubscriber<S> {
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        let _ = self.dispatch.set(subscriber.downgrade());
        // In a `Box` or an `Arc` it is not called, and spans stay visible: they could not be promoted.
        if let Some(layer) = &self.layer {
            layer.0.note_wrapped();
        }
        self.inner.on_register_dispatch(subscriber);
    }

    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        // A filter in `inner` may hide it from our layer.
        copies::look_at(metadata);
        self.inner.register_callsite(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.inner.enabled(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.inner.max_level_hint()
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        if !span.is_contextual() || tell::is_telling() {
            return self.inner.new_span(span);
        }
        if self.promote().is_some() {
            // Filters of single layers keep their last answer, which was about the promoted span.
            caught(|| self.inner.enabled(span.metadata()));
        }
        let _attached = attach::innermost();
        self.inner.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.inner.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.inner.record_follows_from(span, follows);
    }

    fn event_enabled(&self, event: &Event<'_>) -> bool {
        self.inner.event_enabled(event)
    }

    fn event(&self, event: &Event<'_>) {
        self.inner.event(event);
    }

    fn enter(&self, span: &Id) {
        // Beneath a span that is entered, a local span could not be entered any more. Work that enters it once more inside
        // would find it as the current span, which a promoted span is not then.
        self.promote();
        self.inner.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.inner.exit(span);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.inner.clone_span(id)
    }

    fn drop_span(&self, id: Id) {
        #[expect(deprecated, reason = "a wrapped subscriber may implement this method only")]
        self.inner.drop_span(id);
    }

    fn try_close(&self, id: Id) -> bool {
        self.inner.try_close(id)
    }

    fn current_span(&self) -> Current {
        match self.promote() {
            Some(current) if current.id().is_some() => current,
            _ => self.inner.current_span(),
        }
    }

    #[expect(unsafe_code, reason = "layers find each other by this method of the trait")]
    unsafe fn downcast_raw(&self, id: TypeId) -> Option<*const ()> {
        // The caller casts the pointer to a reference of the type with this id, which lives as long
        // as that of `self`. The first two pointers are references of exactly these types: to
        // `self`, and to a field that never changes.
        if let Some(layer) = &self.layer
            && id == TypeId::of::<SpanLayer>()
        {
            return Some(ptr::from_ref(layer).cast());
        }
        if id == TypeId::of::<Self>() {
            return Some(ptr::from_ref(self).cast());
        }
        // SAFETY: the contract is that of the same method, and `inner` lives as long as `self`.
        unsafe { self.inner.downcast_raw(id) }
    }
}

impl<S: fmt::Debug> fmt::Debug for SpanSubscriber<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanSubscriber")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
