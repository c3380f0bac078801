//! `Value`: a value of an attribute, borrowed from a record.

use uuid::Uuid;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Uuid(Uuid),
    Text(&'a str),
    Static(&'static str),
    Integer(i64),
    Float(f64),
    Bool(bool),
    /// That code has set on the promoted span.
    Set(&'a opentelemetry::Value),
}

impl From<Value<'_>> for opentelemetry::Value {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Uuid(id) => id.hyphenated().to_string().into(),
            Value::Text(text) => text.to_owned().into(),
            Value::Static(text) => text.into(),
            Value::Integer(integer) => integer.into(),
            Value::Float(float) => float.into(),
            Value::Bool(bool) => bool.into(),
            Value::Set(value) => value.clone(),
        }
    }
}
