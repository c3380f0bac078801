//! Events of a local span, in the form that `tracing-opentelemetry` gives them by default. Events
//! in spans of other code are that layer's.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use opentelemetry::trace::Event as OtelEvent;
use opentelemetry::{Array, KeyValue, StringValue, Value};
use tracing::Event;
use tracing::field::{Field, Visit};

use super::log_record::of_record;
use crate::clock;
use crate::record::{Limits, Room, Text};
use crate::span::LocalSpan;

const EXCEPTION: &str = "exception";
const EXCEPTION_MESSAGE: &str = "exception.message";
const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// An error may be its own source.
const MAX_SOURCES: usize = 64;

/// Adds a `tracing` event to the span, and the exception of its fields to the span's attributes.
pub(super) fn collect(span: &LocalSpan, event: &Event<'_>) {
    let limits = span.limits();
    let (has_room, shared) = span.with_extra(|extra| {
        extra.map_or((limits.events > 0, 0), |extra| {
            (has_room(&extra.events, limits.events), extra.event_bytes)
        })
    });
    if !has_room {
        // Formatting more of them would only cost time.
        return span.extend(|extra| extra.dropped_events = extra.dropped_events.saturating_add(1));
    }
    let Collected { event, exception, .. } = Collected::new(event, limits, shared);
    add_event(span, event);
    if !exception.is_empty() {
        span.extend(|extra| {
            extra
                .attributes
                .retain(|present| exception.iter().all(|new| new.key != present.key));
            extra.attributes.extend(exception);
        });
    }
}

/// Adds an event, if the span is exported.
pub(super) fn add_event(span: &LocalSpan, mut event: OtelEvent) {
    if !span.is_exported() {
        return;
    }
    let limits = span.limits();
    span.extend(|extra| {
        if has_room(&extra.events, limits.events) {
            extra.event_bytes += limits.fit_event(&mut event, extra.event_bytes);
            extra.events.push(event);
        } else {
            extra.dropped_events = extra.dropped_events.saturating_add(1);
        }
    });
}

/// Whether another one may be added to the list.
pub(super) fn has_room<T>(list: &[T], limit: u32) -> bool {
    usize::try_from(limit).is_ok_and(|limit| list.len() < limit)
}

struct Collected {
    event: OtelEvent,
    /// How long the message, and each text beside it, may be.
    name_room: Room,
    room: Room,
    /// It is made of a record of the `log` crate, whose target and location are fields.
    is_record: bool,
    /// Attributes of the span about the latest error among the fields.
    exception: Vec<KeyValue>,
}

impl Collected {
    fn new(event: &Event<'_>, limits: Limits, shared: usize) -> Self {
        let metadata = event.metadata();
        let record = of_record(event);
        let target = match record {
            Some(target) => Value::from(target.to_owned()),
            None => Value::from(metadata.target()),
        };
        let attributes = vec![
            KeyValue::new("level", metadata.level().as_str()),
            KeyValue::new("target", target),
        ];
        // By the clock of the spans, so that an event is within its span.
        let time = clock::system_time(clock::wall().at(clock::now()));
        let mut collected = Self {
            event: OtelEvent::new("", time, attributes, 0),
            name_room: limits.name_room(shared),
            room: limits.event_room(shared),
            is_record: record.is_some(),
            exception: Vec::new(),
        };
        event.record(&mut collected);
        if collected.event.name.is_empty() {
            collected.event.name = Cow::Borrowed(metadata.name());
        }
        collected
    }

    fn add(&mut self, field: &Field, value: impl Into<Value> + ToString) {
        match field.name() {
            "message" => self.event.name = value.to_string().into(),
            name if self.is_record && name.starts_with("log.") => {}
            name => self.event.attributes.push(KeyValue::new(name, value)),
        }
    }

    /// `#[instrument(err)]` writes an event with the field `error` and without a message. `text` is formatted within the limits:
    /// a value may be much longer.
    fn add_text(&mut self, field: &Field, text: fmt::Arguments<'_>, debug: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.event.name = Text::of(self.name_room, text).into(),
            "error" if self.event.name.is_empty() => {
                self.event.name = EXCEPTION.into();
                let message = Text::of(self.room, format_args!("{debug:?}"));
                self.event.attributes.push(KeyValue::new(EXCEPTION_MESSAGE, message));
            }
            name if self.is_record && name.starts_with("log.") => {}
            name => {
                let text = Text::of(self.room, text);
                self.event.attributes.push(KeyValue::new(name, text));
            }
        }
    }
}

impl Visit for Collected {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, format_args!("{value}"), &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add_text(field, format_args!("{value:?}"), value);
    }

    /// The "stack trace" is the chain of sources.
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let text = |error: &dyn Error| Text::of(self.room, format_args!("{error}"));
        let sources = std::iter::successors(value.source(), |error: &&(dyn Error + 'static)| (*error).source());
        let sources = sources.take(MAX_SOURCES).map(|error| text(error).into());
        let mut sources = Value::Array(Array::String(sources.collect::<Vec<StringValue>>()));
        self.room.fit(&mut sources);
        let message = Value::from(text(value));
        self.exception = vec![
            KeyValue::new(EXCEPTION_MESSAGE, message.clone()),
            KeyValue::new(EXCEPTION_STACKTRACE, sources.clone()),
        ];
        let chain = format!("{}.chain", field.name());
        self.event.attributes.extend(self.exception.iter().cloned());
        self.event.attributes.push(KeyValue::new(field.name(), message));
        self.event.attributes.push(KeyValue::new(chain, sources));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanLimits, SpanProcessor};
    use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

    use super::*;

    #[derive(Clone, Debug, Default)]
    struct Ended(Arc<Mutex<Vec<SpanData>>>);

    impl SpanProcessor for Ended {
        fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

        fn on_end(&self, span: SpanData) {
            self.0.lock().unwrap().push(span);
        }

        fn force_flush(&self) -> OTelSdkResult {
            Ok(())
        }

        fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }
    }

    #[derive(Clone, Default)]
    struct Ours(Arc<Mutex<Vec<Collected>>>);

    impl<S: tracing::Subscriber> Layer<S> for Ours {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(Collected::new(event, Limits::DEFAULT, 0));
        }
    }

    #[derive(Debug)]
    struct Declined(io::Error);

    impl fmt::Display for Declined {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("declined")
        }
    }

    impl Error for Declined {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn are_as_the_opentelemetry_layer_writes_them() {
        let (ended, ours) = (Ended::default(), Ours::default());
        // By itself the builder reads the sampler and the limits of the environment.
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_span_limits(SpanLimits::default())
            .with_span_processor(ended.clone())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("test"))
            .with_location(false);
        let subscriber = tracing_subscriber::registry().with(layer).with(ours.clone());
        let declined = Declined(io::Error::other("limit"));
        tracing::subscriber::with_default(subscriber, || {
            let _entered = tracing::info_span!("span").entered();
            tracing::info!("charged {}", 7);
            tracing::debug!(
                amount = 42_i64,
                big = 42_u64,
                huge = u128::MAX,
                rate = 0.5,
                is_new = true,
                "charging"
            );
            tracing::warn!(text = "a", display = %"b", debug = ?Some("c"));
            tracing::info!(message = true, name = "n");
            tracing::error!(error = "declined");
            tracing::error!(error = %declined);
            tracing::error!(error = ?declined, code = 3);
            tracing::error!(error = %declined, "with a message");
            tracing::error!(error = &declined as &(dyn Error + 'static));
            tracing::error!(cause = &declined as &(dyn Error + 'static), "failed");
            tracing::event!(name: "named", target: "elsewhere", tracing::Level::TRACE, bytes = &b"abc"[..]);
        });
        let ended = ended.0.lock().unwrap();
        let theirs: Vec<_> = ended[0]
            .events
            .iter()
            .map(|event| (&event.name, &event.attributes))
            .collect();
        let ours = ours.0.lock().unwrap();
        let collected: Vec<_> = ours
            .iter()
            .map(|ours| (&ours.event.name, &ours.event.attributes))
            .collect();
        assert_eq!(collected, theirs);
        let exceptions: Vec<_> = ours.iter().flat_map(|ours| ours.exception.clone()).collect();
        let is_exception = |attribute: &&KeyValue| attribute.key.as_str().starts_with("exception.");
        let expected: Vec<_> = ended[0].attributes.iter().filter(is_exception).cloned().collect();
        assert_eq!(exceptions, expected);
    }
}
