//! `Held`: a value on its way to `tracing`, which log lines show as `#[instrument]` would. Exporters read the record instead.

use tracing::Value;
use tracing::field::{DisplayValue, display};
use uuid::Uuid;

use super::field_value::FieldValue;
use crate::catalogue::attributes::AttributeValue;
use crate::printable::is_printable;

/// The text of a UUID.
pub(crate) type UuidText = [u8; 36];

pub(crate) enum Held<'a> {
    /// Shown in quotes.
    Quoted(&'a str),
    /// Shown as it is.
    Unquoted(DisplayValue<&'a str>),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl<'a> Held<'a> {
    /// An attribute of the catalogue, as with `%`.
    pub(crate) fn of_attribute(value: AttributeValue<'a>, buffer: &'a mut UuidText) -> Self {
        match value {
            AttributeValue::Uuid(id) => Self::of_uuid(id, buffer),
            // Names come from other processes: they must not break the line.
            AttributeValue::Text(text) if !is_printable(text) => Self::Quoted(text),
            AttributeValue::Text(text) => Self::Unquoted(display(text)),
            AttributeValue::Integer(integer) => Self::Integer(integer),
        }
    }

    fn of_uuid(id: Uuid, buffer: &'a mut UuidText) -> Self {
        let text: &str = id.hyphenated().encode_lower(buffer);
        Self::Unquoted(display(text))
    }

    /// A field of the user's own: quoted if it is text, and not if it was written with `%` or `?`.
    pub(crate) fn of_field(value: &'a FieldValue) -> Option<Self> {
        Some(match value {
            FieldValue::Absent => return None,
            FieldValue::Text(text) => Self::Quoted(text),
            FieldValue::Displayed(text) => Self::Unquoted(display(text)),
            FieldValue::Integer(integer) => Self::Integer(*integer),
            FieldValue::Float(float) => Self::Float(*float),
            FieldValue::Bool(bool) => Self::Bool(*bool),
        })
    }

    pub(crate) fn as_value(&self) -> &dyn Value {
        match self {
            Self::Quoted(text) => text,
            Self::Unquoted(text) => text,
            Self::Integer(integer) => integer,
            Self::Float(float) => float,
            Self::Bool(bool) => bool,
        }
    }
}
