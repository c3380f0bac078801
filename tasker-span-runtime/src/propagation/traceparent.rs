//! The `traceparent` header of [W3C Trace Context](https://www.w3.org/TR/trace-context/#traceparent-header).

use std::fmt;

use crate::identity::{SpanId, TraceId};

/// The header's parts; always valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TraceParent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: u8,
}

/// The flags that version 00 defines: sampled, and random of Level 2.
const KNOWN_FLAGS: u8 = 0x03;

impl TraceParent {
    /// Reads a header of version 00, or the part of a later version's that is the same.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.split_at_checked(55)?;
        let mut parts = known.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = u8::try_from(hex::<2>(version)?).ok()?;
        let is_whole = rest.is_empty() || (version > 0 && rest.starts_with('-'));
        if parts.next().is_some() || version == 0xff || !is_whole {
            return None;
        }
        Some(Self {
            trace_id: TraceId::from_u128(hex::<32>(trace)?)?,
            span_id: SpanId::from_u64(u64::try_from(hex::<16>(span)?).ok()?)?,
            flags: u8::try_from(hex::<2>(flags)?).ok()? & KNOWN_FLAGS,
        })
    }

    pub(crate) fn is_sampled(self) -> bool {
        self.flags & 1 == 1
    }
}

/// Exactly `DIGITS` lower-case hex digits.
fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_valid = text.len() == DIGITS && text.bytes().all(is_hex);
    is_valid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}
