//! `Redactor`: applies a program's hook to a span.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;

use super::{Field, FieldKind, FieldValue, Redact, Redaction};
use crate::outcome::caught;
use crate::stats;

/// The name of a span or an event whose own is omitted: OpenTelemetry requires one.
const OMITTED: &str = "omitted";

thread_local! {
    /// Whether this thread runs a hook.
    static IS_REDACTING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread runs a hook. A span that the hook opens would be shown to the hook, and so on without end.
pub(crate) fn is_redacting() -> bool {
    IS_REDACTING.try_with(Cell::get).unwrap_or(false)
}

/// A hook of the program. Its clones share the hook.
#[derive(Clone)]
pub(crate) struct Redactor(Arc<dyn Redact>);

/// Without the hook, which may show what it looks for.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

impl Redactor {
    pub(crate) fn new(hook: impl Redact) -> Self {
        Self(Arc::new(hook))
    }

    /// Shows the hook each value of the span.
    pub(crate) fn apply(&self, span: &mut SpanData) {
        let before = IS_REDACTING.try_with(|is_redacting| is_redacting.replace(true));
        self.apply_to(span);
        let _ = IS_REDACTING.try_with(|is_redacting| is_redacting.set(before.unwrap_or(false)));
    }

    fn apply_to(&self, span: &mut SpanData) {
        let name = span.name.clone();
        let of_span = OfSpan {
            hook: &*self.0,
            name: &name,
        };
        of_span.attributes(FieldKind::Attribute, &mut span.attributes);
        for event in &mut span.events.events {
            of_span.text(FieldKind::EventMessage, "message", &mut event.name, OMITTED);
            of_span.attributes(FieldKind::EventAttribute, &mut event.attributes);
        }
        for link in &mut span.links.links {
            of_span.attributes(FieldKind::LinkAttribute, &mut link.attributes);
        }
        if let Status::Error { description } = &mut span.status {
            of_span.text(FieldKind::Description, "description", description, "");
        }
        of_span.text(FieldKind::SpanName, "name", &mut span.name, OMITTED);
    }
}

/// The hook, for the values of one span.
struct OfSpan<'a> {
    hook: &'a dyn Redact,
    name: &'a str,
}

impl OfSpan<'_> {
    fn attributes(&self, kind: FieldKind, attributes: &mut Vec<KeyValue>) {
        attributes.retain_mut(|attribute| {
            match self.redact(kind, attribute.key.as_str(), FieldValue::Value(&attribute.value)) {
                Redaction::Keep => true,
                Redaction::Replace(text) => {
                    attribute.value = text.into();
                    true
                }
                Redaction::Omit => false,
            }
        });
    }

    /// An empty text has nothing to hide.
    fn text(&self, kind: FieldKind, key: &str, text: &mut Cow<'static, str>, omitted: &'static str) {
        if text.is_empty() {
            return;
        }
        match self.redact(kind, key, FieldValue::Text(text)) {
            Redaction::Keep => {}
            Redaction::Replace(other) => *text = other,
            Redaction::Omit => *text = omitted.into(),
        }
    }

    /// A value about which the hook panics may be one that it protects.
    fn redact(&self, kind: FieldKind, key: &str, value: FieldValue<'_>) -> Redaction {
        let field = Field {
            kind,
            span_name: self.name,
            key,
            value,
        };
        caught(|| self.hook.redact(&field)).unwrap_or_else(|| {
            stats::VALUES_LOST_IN_REDACTION.add_one();
            Redaction::Omit
        })
    }
}
