//! Attributes: `KeyValue` and `AnyValue`.

use opentelemetry::{Array, Value as SetValue};
use uuid::fmt::Hyphenated;

use super::wire;
use crate::record::Value;

mod tag {
    pub(super) const KEY: u32 = 1;
    pub(super) const VALUE: u32 = 2;
    pub(super) const STRING: u32 = 1;
    pub(super) const BOOL: u32 = 2;
    pub(super) const INT: u32 = 3;
    pub(super) const DOUBLE: u32 = 4;
    pub(super) const ARRAY: u32 = 5;
    pub(super) const VALUES: u32 = 1;
}

/// An attribute, as the field `tag` of the message around it.
#[inline]
pub(super) fn attribute(tag: u32, key: &str, value: Value<'_>, buffer: &mut Vec<u8>) {
    match value {
        Value::Uuid(id) => {
            let mut text = [0; Hyphenated::LENGTH];
            text_attribute(tag, key, id.hyphenated().encode_lower(&mut text), buffer);
        }
        Value::Text(text) | Value::Static(text) => text_attribute(tag, key, text, buffer),
        Value::Integer(integer) => other(tag, key, buffer, |buffer| int(integer, buffer)),
        Value::Float(float) => other(tag, key, buffer, |buffer| double(float, buffer)),
        Value::Bool(bool) => other(tag, key, buffer, |buffer| boolean(bool, buffer)),
        Value::Set(SetValue::String(text)) => text_attribute(tag, key, text.as_str(), buffer),
        Value::Set(value) => other(tag, key, buffer, |buffer| any(value, buffer)),
    }
}

/// A text is most often short, and its length known: it is written at once.
#[inline]
fn text_attribute(tag: u32, key: &str, text: &str, buffer: &mut Vec<u8>) {
    if let (Some(key_length), Some(text_length)) = (short(key), short(text)) {
        // All lengths take one byte.
        let value = text_length + 2;
        let all = key_length + 2 + value + 2;
        buffer.extend_from_slice(&[wire::length_key(tag), all, wire::length_key(tag::KEY), key_length]);
        buffer.extend_from_slice(key.as_bytes());
        let (value_key, string_key) = (wire::length_key(tag::VALUE), wire::length_key(tag::STRING));
        buffer.extend_from_slice(&[value_key, value, string_key, text_length]);
        buffer.extend_from_slice(text.as_bytes());
        return;
    }
    let field = |length: usize| 1 + wire::varint_length(length as u64) + length;
    let value = field(text.len());
    wire::length(tag, field(key.len()) + field(value), buffer);
    wire::present_bytes(tag::KEY, key.as_bytes(), buffer);
    wire::length(tag::VALUE, value, buffer);
    wire::present_bytes(tag::STRING, text.as_bytes(), buffer);
}

/// The length of a text that is so short that an attribute of two such texts is below 128 bytes.
#[inline]
fn short(text: &str) -> Option<u8> {
    u8::try_from(text.len()).ok().filter(|length| *length < 60)
}

fn other(tag: u32, key: &str, buffer: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
    wire::message(tag, 1, buffer, |buffer| {
        wire::bytes(tag::KEY, key, buffer);
        wire::message(tag::VALUE, 1, buffer, value);
    });
}

fn int(integer: i64, buffer: &mut Vec<u8>) {
    wire::present_varint(tag::INT, integer.cast_unsigned(), buffer);
}

fn double(float: f64, buffer: &mut Vec<u8>) {
    wire::fixed64(tag::DOUBLE, float.to_bits(), buffer);
}

fn boolean(bool: bool, buffer: &mut Vec<u8>) {
    wire::present_varint(tag::BOOL, bool.into(), buffer);
}

fn string(text: &str, buffer: &mut Vec<u8>) {
    wire::present_bytes(tag::STRING, text.as_bytes(), buffer);
}

/// The content of an `AnyValue`.
fn any(value: &SetValue, buffer: &mut Vec<u8>) {
    match value {
        SetValue::Bool(value) => boolean(*value, buffer),
        SetValue::I64(value) => int(*value, buffer),
        SetValue::F64(value) => double(*value, buffer),
        SetValue::String(text) => string(text.as_str(), buffer),
        SetValue::Array(values) => wire::message(tag::ARRAY, 1, buffer, |buffer| array(values, buffer)),
        // OpenTelemetry may add types. This one is no worse than its absence.
        other => string(&other.as_str(), buffer),
    }
}

fn array(array: &Array, buffer: &mut Vec<u8>) {
    fn each<T>(values: &[T], buffer: &mut Vec<u8>, write: impl Fn(&T, &mut Vec<u8>)) {
        for value in values {
            wire::message(tag::VALUES, 1, buffer, |buffer| write(value, buffer));
        }
    }
    match array {
        Array::Bool(values) => each(values, buffer, |value, buffer| boolean(*value, buffer)),
        Array::I64(values) => each(values, buffer, |value, buffer| int(*value, buffer)),
        Array::F64(values) => each(values, buffer, |value, buffer| double(*value, buffer)),
        Array::String(values) => each(values, buffer, |text, buffer| string(text.as_str(), buffer)),
        other => each(&[other], buffer, |other, buffer| string(&other.to_string(), buffer)),
    }
}
