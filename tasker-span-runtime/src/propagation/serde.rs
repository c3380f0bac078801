//! The trace context as a serde type. Broken values are counted and never an error.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::TraceContext;
use super::otel::{TRACEPARENT, TRACESTATE};
use super::trace_context::Header;
use super::traceparent::{LENGTH, TraceParent};
use super::tracestate::TraceState;

/// A map with `traceparent` and, if present, `tracestate`. An empty trace context is an empty map.
/// So it can be the `headers` of a message, a member of its body or, by `flatten`, two members.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use tasker_span_runtime::TraceContext;
///
/// #[derive(Serialize, Deserialize)]
/// struct Message {
///     step_uuid: String,
///     #[serde(flatten)]
///     trace_context: TraceContext,
/// }
///
/// let text = r#"{"step_uuid":"7","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}"#;
/// let message = serde_json::from_str::<Message>(text)?;
/// assert!(message.trace_context.is_sampled());
/// assert_eq!(serde_json::to_string(&message)?, text);
///
/// let old = serde_json::from_str::<Message>(r#"{"step_uuid":"7"}"#)?;
/// assert!(old.trace_context.is_empty());
/// # Ok::<_, serde_json::Error>(())
/// ```
impl Serialize for TraceContext {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(content) = &self.0 else {
            return serializer.serialize_map(Some(0))?.end();
        };
        let state = content.state.as_str();
        let mut map = serializer.serialize_map(Some(1 + usize::from(state.is_some())))?;
        map.serialize_entry(TRACEPARENT, content.parent.write(&mut [0; LENGTH]))?;
        if let Some(state) = state {
            map.serialize_entry(TRACESTATE, state)?;
        }
        map.end()
    }
}

/// Any value in a readable document is deserialised without an error. The trace context is empty,
/// and counted, if the value is not a map, or if `traceparent` is not a valid text or occurs twice.
/// Other members are ignored. The format must be self-describing, as JSON is.
///
/// ```
/// use serde::Deserialize;
/// use tasker_span_runtime::TraceContext;
///
/// #[derive(Deserialize)]
/// struct Message {
///     step_uuid: String,
///     /// Older senders do not write it.
///     #[serde(default)]
///     trace_context: TraceContext,
/// }
///
/// let hostile = r#"{"step_uuid":"7","trace_context":{"traceparent":[1,{"a":2}]}}"#;
/// let message = serde_json::from_str::<Message>(hostile)?;
/// assert_eq!(message.step_uuid, "7");
/// assert!(message.trace_context.is_empty());
/// # Ok::<_, serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for TraceContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match (AnyVisitor { is_nested: false }).deserialize(deserializer)? {
            Any::Map(parent, state) => Self::assemble(parent, state),
            Any::Text(_) | Any::Other => Self::assemble(Header::Broken, Header::Absent),
        })
    }
}

/// Any value, with the headers of a map.
enum Any {
    Text(String),
    Map(Header<TraceParent>, Header<TraceState>),
    Other,
}

impl Any {
    fn header<T>(&self, parse: impl FnOnce(&str) -> Option<T>) -> Header<T> {
        match self {
            Self::Text(text) => Header::read(Some(text), parse),
            Self::Map(..) | Self::Other => Header::Broken,
        }
    }
}

struct AnyVisitor {
    /// A value inside the map: maps in it have no headers, however deep they are.
    is_nested: bool,
}

impl<'de> DeserializeSeed<'de> for AnyVisitor {
    type Value = Any;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// Values of these types have no headers.
macro_rules! other {
    ($($visit:ident $($value:ty)?;)*) => {$(
        fn $visit<E>(self $(, _: $value)?) -> Result<Any, E> {
            Ok(Any::Other)
        }
    )*};
}

impl<'de> Visitor<'de> for AnyVisitor {
    type Value = Any;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Any, E> {
        Ok(Any::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any, A::Error> {
        if self.is_nested {
            return IgnoredAny.visit_map(map).map(|_| Any::Other);
        }
        let nested = || AnyVisitor { is_nested: true };
        let (mut parent, mut state) = (Header::Absent, Header::Absent);
        while let Some(key) = map.next_key_seed(nested())? {
            match key {
                Any::Text(key) if key.eq_ignore_ascii_case(TRACEPARENT) => {
                    once(&mut parent, map.next_value_seed(nested())?.header(TraceParent::parse));
                }
                Any::Text(key) if key.eq_ignore_ascii_case(TRACESTATE) => {
                    once(&mut state, map.next_value_seed(nested())?.header(TraceState::parse));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Any::Map(parent, state))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Any, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Any::Other)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Any, A::Error> {
        IgnoredAny.visit_enum(data).map(|_| Any::Other)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Any, D::Error> {
        self.deserialize(deserializer)
    }

    other! {
        visit_bool bool;
        visit_i64 i64;
        visit_i128 i128;
        visit_u64 u64;
        visit_u128 u128;
        visit_f64 f64;
        visit_bytes &[u8];
        visit_none;
        visit_unit;
    }
}

/// Two headers of one name are broken.
fn once<T>(header: &mut Header<T>, found: Header<T>) {
    *header = match header {
        Header::Absent => found,
        Header::Broken | Header::Valid(_) => Header::Broken,
    };
}
