//! Fields of protobuf messages.

/// How the value of a field is encoded.
#[derive(Clone, Copy)]
enum WireType {
    Varint = 0,
    Fixed64 = 1,
    LengthDelimited = 2,
    Fixed32 = 5,
}

/// A text or bytes. Empty ones are left out, as their absence means the same.
#[inline]
pub(super) fn bytes(tag: u32, value: impl AsRef<[u8]>, buffer: &mut Vec<u8>) {
    let value = value.as_ref();
    if !value.is_empty() {
        present_bytes(tag, value, buffer);
    }
}

/// A text or bytes whose presence says something.
#[inline]
pub(super) fn present_bytes(tag: u32, value: &[u8], buffer: &mut Vec<u8>) {
    length(tag, value.len(), buffer);
    buffer.extend_from_slice(value);
}

/// The beginning of a field of so many bytes.
#[inline]
pub(super) fn length(tag: u32, length: usize, buffer: &mut Vec<u8>) {
    key(tag, WireType::LengthDelimited, buffer);
    put_varint(length as u64, buffer);
}

#[inline]
pub(super) fn varint(tag: u32, value: u64, buffer: &mut Vec<u8>) {
    if value != 0 {
        present_varint(tag, value, buffer);
    }
}

#[inline]
pub(super) fn present_varint(tag: u32, value: u64, buffer: &mut Vec<u8>) {
    key(tag, WireType::Varint, buffer);
    put_varint(value, buffer);
}

#[inline]
pub(super) fn fixed64(tag: u32, value: u64, buffer: &mut Vec<u8>) {
    let mut field = [0; 9];
    field[0] = short_key(tag, WireType::Fixed64);
    field[1..].copy_from_slice(&value.to_le_bytes());
    buffer.extend_from_slice(&field);
}

/// An id: bytes whose number is known, and below 128.
#[inline]
pub(super) fn id<const N: usize>(tag: u32, id: [u8; N], buffer: &mut Vec<u8>) {
    buffer.extend_from_slice(&[length_key(tag), low_bits(N as u64)]);
    buffer.extend_from_slice(&id);
}

#[inline]
pub(super) fn fixed32(tag: u32, value: u32, buffer: &mut Vec<u8>) {
    key(tag, WireType::Fixed32, buffer);
    buffer.extend_from_slice(&value.to_le_bytes());
}

/// A message that is written in place. `room` is the number of bytes that its length takes most often.
#[inline]
pub(super) fn message(tag: u32, room: usize, buffer: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    key(tag, WireType::LengthDelimited, buffer);
    let start = buffer.len();
    buffer.resize(start + room, 0);
    write(buffer);
    let length = buffer.len() - start - room;
    let needed = varint_length(length as u64);
    if needed != room {
        make_room(start + room, start + needed, length, buffer);
    }
    let mut rest = length as u64;
    for (byte, left) in buffer[start..start + needed].iter_mut().zip((0..needed).rev()) {
        *byte = low_bits(rest) | if left > 0 { 0x80 } else { 0 };
        rest >>= 7;
    }
}

/// Moves what was written, whose length takes more or fewer bytes than most.
#[cold]
fn make_room(from: usize, to: usize, length: usize, buffer: &mut Vec<u8>) {
    buffer.resize((to + length).max(from + length), 0);
    buffer.copy_within(from..from + length, to);
    buffer.truncate(to + length);
}

/// The key of a field with a length, whose tag is below 16.
#[inline]
pub(super) fn length_key(tag: u32) -> u8 {
    short_key(tag, WireType::LengthDelimited)
}

#[inline]
fn short_key(tag: u32, wire_type: WireType) -> u8 {
    debug_assert!(tag < 16);
    low_bits(u64::from(tag << 3 | wire_type as u32))
}

#[inline]
fn key(tag: u32, wire_type: WireType, buffer: &mut Vec<u8>) {
    put_varint(u64::from(tag << 3 | wire_type as u32), buffer);
}

#[inline]
fn put_varint(mut value: u64, buffer: &mut Vec<u8>) {
    while value > 0x7f {
        buffer.push(low_bits(value) | 0x80);
        value >>= 7;
    }
    buffer.push(low_bits(value));
}

#[inline]
fn low_bits(value: u64) -> u8 {
    value.to_le_bytes()[0] & 0x7f
}

/// The bytes of a varint.
#[inline]
pub(super) fn varint_length(value: u64) -> usize {
    prost::encoding::encoded_len_varint(value)
}

#[cfg(test)]
mod tests {
    use prost::encoding::{decode_varint, encode_varint};

    use super::*;

    #[test]
    fn a_message_has_the_shortest_length_whatever_the_room() {
        for length in [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152] {
            for room in 1..4 {
                let mut buffer = Vec::new();
                let text = vec![7_u8; length];
                message(2, room, &mut buffer, |buffer| buffer.extend_from_slice(&text));
                buffer.push(9);
                let mut rest = &buffer[1..];
                let told = decode_varint(&mut rest).unwrap();
                assert_eq!((buffer[0], told), (0x12, length as u64));
                assert_eq!(rest.len(), length + 1, "room {room}");
                assert!(rest[..length].iter().all(|byte| *byte == 7) && rest[length] == 9);
            }
        }
    }

    #[test]
    fn a_varint_is_that_of_the_library() {
        for value in (0..64)
            .flat_map(|bits| [1 << bits, (1_u64 << bits) - 1])
            .chain([u64::MAX])
        {
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            put_varint(value, &mut ours);
            encode_varint(value, &mut theirs);
            assert_eq!(ours, theirs);
            assert_eq!(ours.len(), varint_length(value));
        }
    }
}
