//! Fields of protobuf messages.

use bytes::{BufMut, BytesMut};
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};

/// A text or bytes. Empty ones are left out, as their absence means the same.
#[inline]
pub(super) fn bytes(tag: u32, value: impl AsRef<[u8]>, buffer: &mut BytesMut) {
    let value = value.as_ref();
    if !value.is_empty() {
        present_bytes(tag, value, buffer);
    }
}

/// A text or bytes whose presence says something.
#[inline]
pub(super) fn present_bytes(tag: u32, value: &[u8], buffer: &mut BytesMut) {
    encode_key(tag, WireType::LengthDelimited, buffer);
    encode_varint(value.len() as u64, buffer);
    buffer.put_slice(value);
}

#[inline]
pub(super) fn varint(tag: u32, value: u64, buffer: &mut BytesMut) {
    if value != 0 {
        present_varint(tag, value, buffer);
    }
}

#[inline]
pub(super) fn present_varint(tag: u32, value: u64, buffer: &mut BytesMut) {
    encode_key(tag, WireType::Varint, buffer);
    encode_varint(value, buffer);
}

#[inline]
pub(super) fn fixed64(tag: u32, value: u64, buffer: &mut BytesMut) {
    encode_key(tag, WireType::SixtyFourBit, buffer);
    buffer.put_u64_le(value);
}

#[inline]
pub(super) fn fixed32(tag: u32, value: u32, buffer: &mut BytesMut) {
    encode_key(tag, WireType::ThirtyTwoBit, buffer);
    buffer.put_u32_le(value);
}

/// A message that is written in place. `room` is the number of bytes that its length takes most often.
#[inline]
pub(super) fn message(tag: u32, room: usize, buffer: &mut BytesMut, write: impl FnOnce(&mut BytesMut)) {
    encode_key(tag, WireType::LengthDelimited, buffer);
    let start = buffer.len();
    buffer.put_bytes(0, room);
    write(buffer);
    let length = buffer.len() - start - room;
    let needed = encoded_len_varint(length as u64);
    if needed != room {
        if needed > room {
            buffer.put_bytes(0, needed - room);
        }
        buffer.copy_within(start + room..start + room + length, start + needed);
        buffer.truncate(start + needed + length);
    }
    encode_varint(length as u64, &mut &mut buffer[start..start + needed]);
}

#[cfg(test)]
mod tests {
    use prost::encoding::decode_varint;

    use super::*;

    #[test]
    fn a_message_has_the_shortest_length_whatever_the_room() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            for room in 1..4 {
                let mut buffer = BytesMut::new();
                let text = vec![7_u8; length];
                message(2, room, &mut buffer, |buffer| buffer.put_slice(&text));
                buffer.put_u8(9);
                let mut rest = &buffer[1..];
                let told = decode_varint(&mut rest).unwrap();
                assert_eq!((buffer[0], told), (0x12, length as u64));
                assert_eq!(rest.len(), length + 1, "room {room}");
                assert!(rest[..length].iter().all(|byte| *byte == 7) && rest[length] == 9);
            }
        }
    }
}
