//! `Tracer`: the tracer of an OpenTelemetry layer, for which a local span is its own exported side.
//! The spans of other code are the SDK's.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, Span, SpanBuilder, SpanContext, Status, Tracer as TracerApi};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};
use triomphe::Arc;

use super::events::{add_event, has_room};
use super::{attach, promoting};
use crate::catalogue::Attribute;
use crate::span::{LocalSpan, hand_out};
use crate::stats;

/// Wraps the tracer of a program's `tracing-opentelemetry` layer, so that a local span can become a
/// `tracing` span while it runs.
///
/// [`layer`](crate::otel::layer) contains it. With the plain `SdkTracer`, each sampled span is a
/// `tracing` span from its start, which costs more.
///
/// The layer needs [`SpanFilter`](crate::otel::SpanFilter) too. Without the filter, an event in a
/// promoted span is recorded twice, and an event in any other span of this crate is recorded on the
/// enclosing `tracing` span as well. [`SpanLayer`](crate::otel::SpanLayer) follows the layer.
///
/// ```
/// use opentelemetry::trace::TracerProvider;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tasker_span_runtime::otel::{SpanFilter, SpanLayer, Tracer};
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let provider = tasker_span_runtime::otel::provider(SdkTracerProvider::builder());
/// let tracer = provider.tracer("program");
/// let opentelemetry = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
/// let registry = tracing_subscriber::registry()
///     .with(opentelemetry.with_filter(SpanFilter))
///     .with(SpanLayer::new(tracer));
/// # drop(registry);
/// ```
#[derive(Clone, Debug)]
pub struct Tracer(SdkTracer);

impl Tracer {
    /// Wraps the tracer of all other spans.
    pub const fn new(tracer: SdkTracer) -> Self {
        Self(tracer)
    }
}

impl TracerApi for Tracer {
    type Span = OtelSpan;

    /// The layer asks for it when a `tracing` span is new.
    fn span_builder<T: Into<Cow<'static, str>>>(&self, name: T) -> SpanBuilder {
        promoting::note_own_tracer();
        SpanBuilder::from_name(name)
    }

    fn build_with_context(&self, builder: SpanBuilder, parent_cx: &Context) -> OtelSpan {
        let Some(span) = promoting::start(&builder.name) else {
            let span = attach::starting(parent_cx, || self.0.build_with_context(builder, parent_cx));
            return OtelSpan(Side::Sdk(span));
        };
        // The attributes are in the local span. Another layer may have added events and links.
        for event in builder.events.unwrap_or_default() {
            add_event(&span, event);
        }
        for link in builder.links.unwrap_or_default() {
            add_link(&span, link);
        }
        OtelSpan::local(span)
    }
}

/// A span of [`Tracer`]: the SDK's, or a local span.
#[derive(Debug)]
pub struct OtelSpan(Side);

#[expect(
    clippy::large_enum_variant,
    reason = "most of them are the SDK's, and a box is an allocation"
)]
#[derive(Debug)]
enum Side {
    Sdk(SdkSpan),
    Local { span: Arc<LocalSpan>, context: SpanContext },
}

impl OtelSpan {
    pub(super) fn local(span: Arc<LocalSpan>) -> Self {
        let context = hand_out(&span);
        Self(Side::Local { span, context })
    }
}

fn add_link(span: &LocalSpan, mut link: Link) {
    if link.span_context.is_valid() {
        let limits = span.limits();
        limits.cut_link(&mut link);
        span.extend(|extra| {
            if has_room(&extra.links, limits.links) {
                extra.links.push(link);
            } else {
                extra.dropped_links = extra.dropped_links.saturating_add(1);
                stats::LINKS_OVER_LIMIT.add_one();
            }
        });
    }
}

/// Sets an attribute that is not the catalogue's. An unsampled span may still fail, and then shows
/// it.
fn set_attribute(span: &LocalSpan, mut attribute: KeyValue) {
    let is_known = |own: &Attribute| span.with_known(|known| known.get(*own).is_some());
    let mut own = span.site.attributes().iter();
    if own
        .find(|own| own.name() == attribute.key.as_str())
        .is_some_and(is_known)
    {
        return;
    }
    let limits = span.limits();
    limits.cut_attribute(&mut attribute);
    span.extend(|extra| {
        let attributes = &mut extra.attributes;
        match attributes.iter().position(|present| present.key == attribute.key) {
            Some(index) => attributes[index] = attribute,
            None if has_room(attributes, limits.attributes) => attributes.push(attribute),
            None => extra.dropped_attributes = extra.dropped_attributes.saturating_add(1),
        }
    });
}

impl Span for OtelSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Side::Sdk(span) => span.add_event_with_timestamp(name, timestamp, attributes),
            Side::Local { span, .. } => add_event(span, Event::new(name, timestamp, attributes, 0)),
        }
    }

    fn span_context(&self) -> &SpanContext {
        match &self.0 {
            Side::Sdk(span) => span.span_context(),
            Side::Local { context, .. } => context,
        }
    }

    fn is_recording(&self) -> bool {
        match &self.0 {
            Side::Sdk(span) => span.is_recording(),
            Side::Local { span, .. } => span.is_exported() && !span.has_ended(),
        }
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        match &mut self.0 {
            Side::Sdk(span) => span.set_attribute(attribute),
            Side::Local { span, .. } => set_attribute(span, attribute),
        }
    }

    fn set_attributes(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        match &mut self.0 {
            Side::Sdk(span) => span.set_attributes(attributes),
            Side::Local { .. } => attributes
                .into_iter()
                .for_each(|attribute| self.set_attribute(attribute)),
        }
    }

    /// The outcome alone decides on the status of a local span.
    fn set_status(&mut self, status: Status) {
        if let Side::Sdk(span) = &mut self.0 {
            span.set_status(status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        match &mut self.0 {
            Side::Sdk(span) => span.update_name(new_name),
            Side::Local { span, .. } => {
                let name = new_name.into();
                span.extend(|extra| extra.name = Some(name));
            }
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        match &mut self.0 {
            Side::Sdk(span) => span.add_link(span_context, attributes),
            Side::Local { span, .. } => add_link(span, Link::new(span_context, attributes, 0)),
        }
    }

    /// A local span ends with its function.
    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        if let Side::Sdk(span) = &mut self.0 {
            span.end_with_timestamp(timestamp);
        }
    }
}
