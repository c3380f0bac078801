//! `TraceParent`: the header of that name of [W3C Trace
//! Context](https://www.w3.org/TR/trace-context/#traceparent-header).

use std::io::Write;

use crate::identity::{SpanId, TraceId};

/// The parts of a valid header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TraceParent {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// Known flags only.
    flags: u8,
}

/// The length of a header of version 00.
pub(crate) const LENGTH: usize = 55;

const BLANKS: [char; 2] = [' ', '\t'];
const SAMPLED: u8 = 0x01;
/// Sampled, and Level 2's random.
const KNOWN_FLAGS: u8 = SAMPLED | 0x02;

impl TraceParent {
    /// Clears unknown flags, as a sender must (section 3.2.2.5.2).
    pub(crate) fn new(trace_id: TraceId, span_id: SpanId, flags: u8) -> Self {
        Self {
            trace_id,
            span_id,
            flags: flags & KNOWN_FLAGS,
        }
    }

    /// Parses a header of version 00, or the same part of a later version (section 4.3). Blanks around it are none of
    /// its value ([RFC 9110, section 5.5](https://www.rfc-editor.org/rfc/rfc9110#section-5.5)): not every transport
    /// removes them.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (known, rest) = text.trim_matches(BLANKS).split_at_checked(LENGTH)?;
        let mut parts = known.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let version = hex::<2>(version)?;
        let is_whole = rest.is_empty() || (version > 0 && rest.starts_with('-'));
        if parts.next().is_some() || version == 0xff || !is_whole {
            return None;
        }
        let trace_id = TraceId::from_u128(hex::<32>(trace)?)?;
        let span_id = SpanId::from_u64(u64::try_from(hex::<16>(span)?).ok()?)?;
        Some(Self::new(trace_id, span_id, u8::try_from(hex::<2>(flags)?).ok()?))
    }

    /// Writes the header, in version 00.
    pub(crate) fn write(self, buffer: &mut [u8; LENGTH]) -> &str {
        let Self {
            trace_id,
            span_id,
            flags,
        } = self;
        // Cannot fail: the parts have fixed lengths and fill the buffer.
        let _ = write!(&mut buffer[..], "00-{trace_id}-{span_id}-{flags:02x}");
        str::from_utf8(buffer).unwrap_or_default()
    }

    pub(crate) fn flags(self) -> u8 {
        self.flags
    }

    pub(crate) fn is_sampled(self) -> bool {
        self.flags & SAMPLED != 0
    }
}

/// Exactly `DIGITS` lower-case hex digits.
pub(super) fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    let is_hex = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let is_valid = text.len() == DIGITS && text.bytes().all(is_hex);
    is_valid.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn rewritten(text: &str) -> Option<String> {
        Some(TraceParent::parse(text)?.write(&mut [0; LENGTH]).to_owned())
    }

    #[test]
    fn a_header_of_version_00_is_written_as_it_was_parsed() {
        assert_eq!(rewritten(VALID).as_deref(), Some(VALID));
        let parent = TraceParent::parse(VALID).unwrap();
        assert_eq!(parent.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(parent.span_id.to_string(), "b7ad6b7169203331");
        assert!(parent.is_sampled());
    }

    #[test]
    fn version_00_has_no_more_than_four_parts() {
        for rest in ["-", "-00", " -00", "0", "\0", "\n", "\u{a0}"] {
            assert_eq!(rewritten(&format!("{VALID}{rest}")), None, "{rest:?}");
        }
    }

    #[test]
    fn blanks_around_the_header_are_removed() {
        for (before, after) in [(" ", ""), ("", " "), ("\t  ", " \t")] {
            let text = format!("{before}{VALID}{after}");
            assert_eq!(rewritten(&text).as_deref(), Some(VALID), "{text:?}");
        }
        assert_eq!(rewritten(&VALID.replacen('-', "- ", 1)), None);
        assert_eq!(rewritten(" "), None);
    }

    #[test]
    fn the_known_part_of_a_later_version_is_parsed() {
        for version in ["01", "cc", "fe"] {
            let later = format!("{version}{}", &VALID[2..]);
            for rest in ["", "-", "-what-the-future-will-be-like", "-\u{fc}"] {
                assert_eq!(rewritten(&format!("{later}{rest}")).as_deref(), Some(VALID), "{rest:?}");
            }
            for rest in [".", "0", "\u{fc}"] {
                assert_eq!(rewritten(&format!("{later}{rest}")), None, "{rest:?}");
            }
        }
        let forbidden = format!("ff{}", &VALID[2..]);
        assert_eq!(rewritten(&forbidden), None);
    }

    #[test]
    fn unknown_flags_are_cleared() {
        let sampled = |flags: &str| {
            let parent = TraceParent::parse(&format!("{}{flags}", &VALID[..53])).unwrap();
            (parent.flags(), parent.is_sampled())
        };
        assert_eq!(sampled("00"), (0, false));
        assert_eq!(sampled("03"), (3, true));
        assert_eq!(sampled("ff"), (3, true));
        assert_eq!(sampled("fc"), (0, false));
    }

    proptest! {
        #[test]
        fn all_ids_are_parsed_as_they_were_written(trace_id in 1_u128.., span_id in 1_u64.., flags: u8) {
            let parent = TraceParent::new(
                TraceId::from_u128(trace_id).unwrap(),
                SpanId::from_u64(span_id).unwrap(),
                flags,
            );
            let mut buffer = [0; LENGTH];
            prop_assert_eq!(TraceParent::parse(parent.write(&mut buffer)), Some(parent));
        }

        #[test]
        fn any_text_is_parsed_to_a_valid_header_or_refused(text in prop_oneof![any::<String>(), "[0-9a-f-]{50,60}", ".{55}"]) {
            if let Some(written) = rewritten(&text) {
                prop_assert_eq!(&written[..2], "00");
                prop_assert_eq!(&written[2..53], &text.trim()[2..53]);
            }
        }

        #[test]
        fn a_changed_byte_is_refused_or_means_something_else(position in 0..LENGTH, byte in 0_u8..0x80) {
            let mut bytes = VALID.as_bytes().to_vec();
            bytes[position] = byte;
            let text = String::from_utf8(bytes).unwrap();
            let is_hex = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let expected = match position {
                2 | 35 | 52 => byte == b'-',
                _ => is_hex,
            };
            prop_assert_eq!(TraceParent::parse(&text).is_some(), expected);
        }
    }
}
