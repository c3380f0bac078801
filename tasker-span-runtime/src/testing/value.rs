//! `Value`: the value of an attribute of a captured span.

use std::fmt;

use opentelemetry::{Array, KeyValue};
use uuid::Uuid;

/// The value of an attribute, in the type in which it was exported.
///
/// ```
/// use tasker_span_runtime::{Uuid, testing::Value};
///
/// assert_eq!(Value::from(3), Value::Integer(3));
/// // Ids are exported as text: lower case, with hyphens.
/// assert_eq!(Value::from(Uuid::nil()).to_string(), "00000000-0000-0000-0000-000000000000");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// A text; ids as well.
    Text(String),
    /// Several values of one type.
    List(Vec<Value>),
}

impl Value {
    /// The type's name in messages, with its article.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
        }
    }

    pub(super) fn from_exported(value: &opentelemetry::Value) -> Self {
        fn list<T: Clone + Into<Value>>(values: &[T]) -> Value {
            Value::List(values.iter().cloned().map(Into::into).collect())
        }
        match value {
            opentelemetry::Value::Bool(value) => Self::Bool(*value),
            opentelemetry::Value::I64(value) => Self::Integer(*value),
            opentelemetry::Value::F64(value) => Self::Float(*value),
            opentelemetry::Value::String(value) => Self::Text(value.as_str().to_owned()),
            opentelemetry::Value::Array(Array::Bool(values)) => list(values),
            opentelemetry::Value::Array(Array::I64(values)) => list(values),
            opentelemetry::Value::Array(Array::F64(values)) => list(values),
            opentelemetry::Value::Array(Array::String(values)) => {
                Self::List(values.iter().map(|value| value.as_str().into()).collect())
            }
            other => Self::Text(other.to_string()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::to_string).collect();
                write!(f, "[{}]", values.join(", "))
            }
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident;)*) => {$(
        impl From<$source> for Value {
            fn from(value: $source) -> Self {
                Self::$variant(value.into())
            }
        }
    )*};
}

from! {
    bool => Bool;
    i32 => Integer;
    u32 => Integer;
    i64 => Integer;
    f64 => Float;
    &str => Text;
    &String => Text;
    String => Text;
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Text(value.hyphenated().to_string())
    }
}

pub(super) fn values(attributes: &[KeyValue]) -> Vec<(String, Value)> {
    attributes
        .iter()
        .map(|pair| (pair.key.as_str().to_owned(), Value::from_exported(&pair.value)))
        .collect()
}

pub(super) fn find<'a>(attributes: &'a [(String, Value)], name: &str) -> Option<&'a Value> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}
