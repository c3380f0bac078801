//! Attributes: `KeyValue` and `AnyValue`.

use bytes::BytesMut;
use opentelemetry::{Array, Value as SetValue};
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint};
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
pub(super) fn attribute(tag: u32, key: &str, value: Value<'_>, buffer: &mut BytesMut) {
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
fn text_attribute(tag: u32, key: &str, text: &str, buffer: &mut BytesMut) {
    let field = |length: usize| 1 + encoded_len_varint(length as u64) + length;
    let value = field(text.len());
    buffer.reserve(16 + key.len() + text.len());
    encode_key(tag, WireType::LengthDelimited, buffer);
    encode_varint((field(key.len()) + field(value)) as u64, buffer);
    wire::present_bytes(tag::KEY, key.as_bytes(), buffer);
    encode_key(tag::VALUE, WireType::LengthDelimited, buffer);
    encode_varint(value as u64, buffer);
    wire::present_bytes(tag::STRING, text.as_bytes(), buffer);
}

fn other(tag: u32, key: &str, buffer: &mut BytesMut, value: impl FnOnce(&mut BytesMut)) {
    wire::message(tag, 1, buffer, |buffer| {
        wire::bytes(tag::KEY, key, buffer);
        wire::message(tag::VALUE, 1, buffer, value);
    });
}

fn int(integer: i64, buffer: &mut BytesMut) {
    wire::present_varint(tag::INT, integer.cast_unsigned(), buffer);
}

fn double(float: f64, buffer: &mut BytesMut) {
    wire::fixed64(tag::DOUBLE, float.to_bits(), buffer);
}

fn boolean(bool: bool, buffer: &mut BytesMut) {
    wire::present_varint(tag::BOOL, bool.into(), buffer);
}

fn string(text: &str, buffer: &mut BytesMut) {
    wire::present_bytes(tag::STRING, text.as_bytes(), buffer);
}

/// The content of an `AnyValue`.
fn any(value: &SetValue, buffer: &mut BytesMut) {
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

fn array(array: &Array, buffer: &mut BytesMut) {
    fn each<T>(values: &[T], buffer: &mut BytesMut, write: impl Fn(&T, &mut BytesMut)) {
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
