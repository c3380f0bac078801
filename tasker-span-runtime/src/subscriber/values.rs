//! The values of a local span's `tracing` fields, for promotion and for log lines.

use smallvec::SmallVec;
use tracing::Value;
use tracing::field::ValueSet;

use crate::catalogue::attributes::AttributeValue;
use crate::catalogue::{Attribute, SpanKind};
use crate::record::field::FieldValue;
use crate::span::LocalSpan;

/// Calls `read` with what is known by now, in the order of the call site's fields: the catalogue's
/// attributes, `otel.kind`, the user's own.
pub(crate) fn with_values<R>(span: &LocalSpan, read: impl FnOnce(&ValueSet<'_>) -> R) -> R {
    let site = span.site;
    let kind = match site.kind() {
        SpanKind::Internal => None,
        SpanKind::Server => Some("server"),
        SpanKind::Client => Some("client"),
        SpanKind::Producer => Some("producer"),
        SpanKind::Consumer => Some("consumer"),
    };
    let attributes = span.known();
    // A copy, because `read` runs other code.
    let own = span.with_extra(|extra| extra.map_or_else(Vec::new, |extra| extra.fields.clone()));
    let mut buffers = [[0; 36]; Attribute::ALL.len()];
    let mut free = buffers.iter_mut();
    let values = site.attributes().iter().map(|attribute| {
        let value = attributes.get(*attribute)?;
        free.next().map(|buffer| Held::new(value, buffer))
    });
    let held: SmallVec<[_; Attribute::ALL.len()]> = values.collect();
    let mut all: SmallVec<[_; 2 * Attribute::ALL.len()]> = SmallVec::new();
    all.extend(held.iter().map(|value| value.as_ref().map(Held::as_value)));
    all.push(kind.as_ref().map(|kind| kind as &dyn Value));
    all.extend(own.iter().map(FieldValue::as_value));
    let fields = site.callsite().metadata.fields();
    all.resize(fields.len(), None);
    read(&fields.value_set_all(&all))
}

/// A value between the attributes and the subscriber.
enum Held<'a> {
    Text(&'a str),
    Integer(i64),
}

impl<'a> Held<'a> {
    fn new(value: AttributeValue<'a>, buffer: &'a mut [u8; 36]) -> Self {
        match value {
            AttributeValue::Uuid(id) => Self::Text(id.hyphenated().encode_lower(buffer)),
            AttributeValue::Text(text) => Self::Text(text),
            AttributeValue::Integer(integer) => Self::Integer(integer),
        }
    }

    fn as_value(&self) -> &dyn Value {
        match self {
            Self::Text(text) => text,
            Self::Integer(integer) => integer,
        }
    }
}
