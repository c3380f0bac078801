//! One span: from a record of this crate, or from the SDK.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanId, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

use super::{value, wire};
use crate::catalogue;
use crate::catalogue::site::Site;
use crate::clock::{Wall, unix_nanos};
use crate::record::{self, Limits, Source, SpanRecord, Value};

/// The field of `ScopeSpans` that a span is.
const SPANS: u32 = 2;

mod tag {
    pub(super) const TRACE_ID: u32 = 1;
    pub(super) const SPAN_ID: u32 = 2;
    pub(super) const TRACE_STATE: u32 = 3;
    pub(super) const PARENT_SPAN_ID: u32 = 4;
    pub(super) const NAME: u32 = 5;
    pub(super) const KIND: u32 = 6;
    pub(super) const START: u32 = 7;
    pub(super) const END: u32 = 8;
    pub(super) const ATTRIBUTES: u32 = 9;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(super) const EVENTS: u32 = 11;
    pub(super) const DROPPED_EVENTS: u32 = 12;
    pub(super) const LINKS: u32 = 13;
    pub(super) const DROPPED_LINKS: u32 = 14;
    pub(super) const STATUS: u32 = 15;
    pub(super) const FLAGS: u32 = 16;
}

/// What the flags say beside those of the trace: whether the parent is remote is known, and it is.
const KNOWN: u32 = 0x100;
const REMOTE: u32 = 0x200;

/// A span of this crate, within the limits.
pub(super) fn record(record: &SpanRecord, limits: &Limits, wall: &Wall, buffer: &mut Vec<u8>) {
    wire::message(SPANS, 2, buffer, |buffer| {
        wire::id(tag::TRACE_ID, record.trace_id.to_u128().to_be_bytes(), buffer);
        wire::id(tag::SPAN_ID, record.span_id.to_u64().to_be_bytes(), buffer);
        if record.has_tracestate() {
            wire::bytes(tag::TRACE_STATE, record::tracestate_of(record).header(), buffer);
        }
        if let Some(parent) = record.parent_id {
            wire::id(tag::PARENT_SPAN_ID, parent.to_u64().to_be_bytes(), buffer);
        }
        wire::bytes(tag::NAME, &*record::name(record), buffer);
        wire::varint(tag::KIND, kind(record::kind(record)), buffer);
        let (start, end) = record::times(record, wall);
        wire::fixed64(tag::START, start, buffer);
        wire::fixed64(tag::END, end, buffer);
        let extra = record.extra.as_deref();
        match record.source {
            Source::Site(site) if extra.is_none() && limits.attributes >= MOST => {
                few_attributes(record, site, buffer);
            }
            _ => many_attributes(record, limits, buffer),
        }
        if let Some(extra) = extra {
            let events = cut(&extra.events, limits.events);
            for one in events.0 {
                event(one, limits.event_attributes, buffer);
            }
            let dropped = extra.dropped_events.saturating_add(events.1);
            wire::varint(tag::DROPPED_EVENTS, dropped.into(), buffer);
        }
        let (mut room, mut dropped) = (limits.links, extra.map_or(0, |extra| extra.dropped_links));
        for one in record::links(record) {
            if room > 0 {
                room -= 1;
                link(&one, limits.link_attributes, buffer);
            } else {
                dropped = dropped.saturating_add(1);
            }
        }
        wire::varint(tag::DROPPED_LINKS, dropped.into(), buffer);
        status(record::failure(record).map(|(_, description)| description), buffer);
        let sampled = opentelemetry::trace::TraceFlags::SAMPLED.to_u8();
        flags(record.parent_is_remote, sampled, buffer);
    });
}

/// More attributes than a span has that has only those of the catalogue, of its outcome and of its code.
const MOST: u32 = 32;

#[inline]
fn few_attributes(record: &SpanRecord, site: &'static Site, buffer: &mut Vec<u8>) {
    record::fixed_attributes(record, |key, value| {
        value::attribute(tag::ATTRIBUTES, key, value, buffer);
    });
    buffer.extend_from_slice(&site.encoded_code(|| {
        let mut code = Vec::new();
        record::code(site, |key, value| {
            value::attribute(tag::ATTRIBUTES, key, value, &mut code);
        });
        code.into()
    }));
}

fn many_attributes(record: &SpanRecord, limits: &Limits, buffer: &mut Vec<u8>) {
    let (mut room, mut dropped) = (limits.attributes, 0);
    record::attributes(record, |key, value| {
        if room > 0 {
            room -= 1;
            value::attribute(tag::ATTRIBUTES, key.as_str(), value, buffer);
        } else {
            dropped += 1;
        }
    });
    let before = record.extra.as_ref().map_or(0, |extra| extra.dropped_attributes);
    wire::varint(tag::DROPPED_ATTRIBUTES, before.saturating_add(dropped).into(), buffer);
}

/// A span of other code.
pub(super) fn span(span: &SpanData, buffer: &mut Vec<u8>) {
    wire::message(SPANS, 2, buffer, |buffer| {
        let context = &span.span_context;
        wire::bytes(tag::TRACE_ID, context.trace_id().to_bytes(), buffer);
        wire::bytes(tag::SPAN_ID, context.span_id().to_bytes(), buffer);
        wire::bytes(tag::TRACE_STATE, context.trace_state().header(), buffer);
        if span.parent_span_id != SpanId::INVALID {
            wire::bytes(tag::PARENT_SPAN_ID, span.parent_span_id.to_bytes(), buffer);
        }
        wire::bytes(tag::NAME, &*span.name, buffer);
        wire::varint(tag::KIND, kind(of_sdk(&span.span_kind)), buffer);
        wire::fixed64(tag::START, unix_nanos(span.start_time), buffer);
        wire::fixed64(tag::END, unix_nanos(span.end_time), buffer);
        attributes(tag::ATTRIBUTES, &span.attributes, buffer);
        wire::varint(tag::DROPPED_ATTRIBUTES, span.dropped_attributes_count.into(), buffer);
        for one in span.events.iter() {
            event(one, u32::MAX, buffer);
        }
        wire::varint(tag::DROPPED_EVENTS, span.events.dropped_count.into(), buffer);
        for one in span.links.iter() {
            link(one, u32::MAX, buffer);
        }
        wire::varint(tag::DROPPED_LINKS, span.links.dropped_count.into(), buffer);
        match &span.status {
            Status::Error { description } => status(Some(description), buffer),
            Status::Ok => wire::message(tag::STATUS, 1, buffer, |buffer| wire::varint(3, 1, buffer)),
            Status::Unset => status(None, buffer),
        }
        flags(span.parent_span_is_remote, context.trace_flags().to_u8(), buffer);
    });
}

fn flags(is_remote: bool, trace_flags: u8, buffer: &mut Vec<u8>) {
    let remote = if is_remote { REMOTE } else { 0 };
    wire::fixed32(tag::FLAGS, KNOWN | remote | u32::from(trace_flags), buffer);
}

/// An error with this description, or no status.
#[inline]
fn status(error: Option<&str>, buffer: &mut Vec<u8>) {
    const ERROR: u64 = 2;
    if error.is_none() {
        return buffer.extend_from_slice(&[wire::length_key(tag::STATUS), 0]);
    }
    wire::message(tag::STATUS, 1, buffer, |buffer| {
        if let Some(description) = error {
            wire::bytes(2, description, buffer);
            wire::varint(3, ERROR, buffer);
        }
    });
}

pub(super) fn attributes(tag: u32, attributes: &[KeyValue], buffer: &mut Vec<u8>) {
    for attribute in attributes {
        let value = Value::Set(&attribute.value);
        value::attribute(tag, attribute.key.as_str(), value, buffer);
    }
}

fn event(event: &Event, limit: u32, buffer: &mut Vec<u8>) {
    wire::message(tag::EVENTS, 2, buffer, |buffer| {
        wire::fixed64(1, unix_nanos(event.timestamp), buffer);
        wire::bytes(2, &*event.name, buffer);
        let (own, dropped) = cut(&event.attributes, limit);
        attributes(3, own, buffer);
        let dropped = event.dropped_attributes_count.saturating_add(dropped);
        wire::varint(4, dropped.into(), buffer);
    });
}

fn link(link: &Link, limit: u32, buffer: &mut Vec<u8>) {
    let context = &link.span_context;
    wire::message(tag::LINKS, 1, buffer, |buffer| {
        wire::bytes(1, context.trace_id().to_bytes(), buffer);
        wire::bytes(2, context.span_id().to_bytes(), buffer);
        wire::bytes(3, context.trace_state().header(), buffer);
        let (own, dropped) = cut(&link.attributes, limit);
        attributes(4, own, buffer);
        let dropped = link.dropped_attributes_count.saturating_add(dropped);
        wire::varint(5, dropped.into(), buffer);
        let remote = if context.is_remote() { REMOTE } else { 0 };
        let flags = KNOWN | remote | u32::from(context.trace_flags().to_u8());
        wire::fixed32(6, flags, buffer);
    });
}

/// The first ones up to the limit, and the number of the others.
fn cut<T>(list: &[T], limit: u32) -> (&[T], u32) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(list.len());
    let (within, beyond) = list.split_at(limit);
    (within, u32::try_from(beyond.len()).unwrap_or(u32::MAX))
}

fn kind(kind: catalogue::SpanKind) -> u64 {
    match kind {
        catalogue::SpanKind::Internal => 1,
        catalogue::SpanKind::Server => 2,
        catalogue::SpanKind::Client => 3,
        catalogue::SpanKind::Producer => 4,
        catalogue::SpanKind::Consumer => 5,
    }
}

fn of_sdk(kind: &SpanKind) -> catalogue::SpanKind {
    match kind {
        SpanKind::Internal => catalogue::SpanKind::Internal,
        SpanKind::Server => catalogue::SpanKind::Server,
        SpanKind::Client => catalogue::SpanKind::Client,
        SpanKind::Producer => catalogue::SpanKind::Producer,
        SpanKind::Consumer => catalogue::SpanKind::Consumer,
    }
}
