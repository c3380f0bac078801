//! The trace context as a serde type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::TraceContext;
use super::otel::{TRACEPARENT, TRACESTATE};
use super::trace_context::Header;
use super::traceparent::{LENGTH, TraceParent};
use super::tracestate::TraceState;

/// A map with `traceparent` and, if there is one, `tracestate`; an empty map where the trace context is empty. So a trace context can
/// be the `headers` of a message, a member of its body, or, by `flatten`, members beside the others.
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
        let Some(carried) = &self.0 else {
            return serializer.serialize_map(Some(0))?.end();
        };
        let state = carried.state.as_str();
        let mut map = serializer.serialize_map(Some(1 + usize::from(state.is_some())))?;
        map.serialize_entry(TRACEPARENT, carried.parent.write(&mut [0; LENGTH]))?;
        if let Some(state) = state {
            map.serialize_entry(TRACESTATE, state)?;
        }
        map.end()
    }
}

/// Whatever stands where a trace context is expected is read without an error, as long as the document itself is readable. What
/// is no map, and a `traceparent` that is no text, that is not valid or that is there twice, makes an empty trace context, and is
/// counted. Other members are ignored. The format must describe itself, as JSON does.
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

/// What is looked for where there may be anything.
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

/// Two headers of one name contradict each other.
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

/// Accepts every type there is.
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

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Header::Broken)
    }
}
