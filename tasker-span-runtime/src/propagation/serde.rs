//! The trace context as a serde type. Broken values are counted and never an error.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::TraceContext;
use super::otel::{TRACEPARENT, TRACESTATE};
use super::trace_context::Header;
use super::traceparent::{LENGTH, TraceParent};
use super::tracestate::TraceState;

/// A map with `traceparent` and, if present, `tracestate`. An empty trace context is an empty map. So
/// it can be the `headers` of a message, a member of its body or, by `flatten`, two members.
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
        Ok(match Header::deserialize(deserializer)? {
            Header::Valid(trace_context) => trace_context,
            Header::Absent | Header::Broken => Self::assemble(Header::Broken, Header::Absent),
        })
    }
}

/// A value that may stand anywhere.
trait Wanted: Sized {
    fn from_text(text: &str) -> Option<Self>;

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Option<Self>, A::Error> {
        IgnoredAny.visit_map(map).map(|_| None)
    }
}

impl Wanted for TraceParent {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Wanted for TraceState {
    fn from_text(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

/// A member's key.
enum Key {
    TraceParent,
    TraceState,
}

impl Wanted for Key {
    fn from_text(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        is(TRACEPARENT)
            .then_some(Self::TraceParent)
            .or_else(|| is(TRACESTATE).then_some(Self::TraceState))
    }
}

impl Wanted for TraceContext {
    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Option<Self>, A::Error> {
        let (mut parent, mut state) = (Header::Absent, Header::Absent);
        while let Some(key) = map.next_key::<Header<Key>>()? {
            match key {
                Header::Valid(Key::TraceParent) => once(&mut parent, map.next_value()?),
                Header::Valid(Key::TraceState) => once(&mut state, map.next_value()?),
                Header::Absent | Header::Broken => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Some(Self::assemble(parent, state)))
    }
}

/// Two headers of one name are broken.
fn once<T>(header: &mut Header<T>, found: Header<T>) {
    *header = match header {
        Header::Absent => found,
        Header::Broken | Header::Valid(_) => Header::Broken,
    };
}

impl<'de, T: Wanted> Deserialize<'de> for Header<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything(PhantomData))
    }
}

/// Values of these types are broken.
macro_rules! broken {
    ($($visit:ident $($value:ty)?;)*) => {$(
        fn $visit<E>(self $(, _: $value)?) -> Result<Self::Value, E> {
            Ok(Header::Broken)
        }
    )*};
}

/// Accepts every type.
struct Anything<T>(PhantomData<T>);

impl<'de, T: Wanted> Visitor<'de> for Anything<T> {
    type Value = Header<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Header::read(Some(text), T::from_text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(T::from_map(map)?.map_or(Header::Broken, Header::Valid))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(seq).map(|_| Header::Broken)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_enum(data).map(|_| Header::Broken)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Header::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Header::deserialize(deserializer)
    }

    broken! {
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
