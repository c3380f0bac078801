//! `Request`: a batch of spans as `ExportTraceServiceRequest`. The resource and the scopes are encoded once.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanLimits};
use prost::encoding::{WireType, encode_key, encode_varint};

use super::{span, wire};
use crate::clock::Wall;
use crate::record::SpanRecord;

/// What all requests of one exporter have in common.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// The resource and its schema, as fields of `ResourceSpans`.
    resource: BytesMut,
    /// The scope of this crate's spans, as fields of `ScopeSpans`.
    scope: BytesMut,
    limits: SpanLimits,
}

impl Template {
    pub(crate) fn new(resource: &Resource, scope: &InstrumentationScope, limits: SpanLimits) -> Self {
        let attributes = resource
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let attributes: Vec<_> = attributes.collect();
        let mut encoded = BytesMut::new();
        wire::message(1, 2, &mut encoded, |buffer| span::attributes(1, &attributes, buffer));
        wire::bytes(3, resource.schema_url().unwrap_or_default(), &mut encoded);
        Self {
            resource: encoded,
            scope: encoded_scope(scope),
            limits,
        }
    }

    /// The bytes before the spans of a scope, as a `ResourceSpans` of its own.
    fn head(&self, scope: &[u8], spans: usize) -> BytesMut {
        let mut scope_spans = BytesMut::with_capacity(scope.len() + 16);
        encode_key(2, WireType::LengthDelimited, &mut scope_spans);
        encode_varint((scope.len() + spans) as u64, &mut scope_spans);
        scope_spans.put_slice(scope);
        let length = self.resource.len() + scope_spans.len() + spans;
        let mut head = BytesMut::with_capacity(self.resource.len() + scope_spans.len() + 16);
        encode_key(1, WireType::LengthDelimited, &mut head);
        encode_varint(length as u64, &mut head);
        head.put_slice(&self.resource);
        head.put_slice(&scope_spans);
        head
    }

    /// The most bytes that a head takes: two lengths have five bytes at most, as a request is below 4 GiB.
    fn room(&self) -> usize {
        self.resource.len() + self.scope.len() + 2 * (1 + 5)
    }
}

fn encoded_scope(scope: &InstrumentationScope) -> BytesMut {
    let attributes: Vec<_> = scope.attributes().cloned().collect();
    let mut encoded = BytesMut::new();
    wire::message(1, 1, &mut encoded, |buffer| {
        wire::bytes(1, scope.name(), buffer);
        wire::bytes(2, scope.version().unwrap_or_default(), buffer);
        span::attributes(3, &attributes, buffer);
    });
    wire::bytes(3, scope.schema_url().unwrap_or_default(), &mut encoded);
    encoded
}

/// Spans that are written one after the other.
#[derive(Debug, Default)]
pub(crate) struct Request {
    /// Those of this crate, behind the room of their head. Unused before the first span.
    own: BytesMut,
    others: Vec<(InstrumentationScope, BytesMut)>,
}

impl Request {
    /// A request that reuses the memory of another one, if nothing else refers to it any more.
    pub(in crate::export) fn reusing(sent: Bytes) -> Self {
        let mut own = sent.try_into_mut().unwrap_or_default();
        own.clear();
        Self { own, ..Self::default() }
    }

    /// The bytes so far.
    pub(in crate::export) fn length(&self) -> usize {
        let others = self.others.iter().map(|(_, spans)| spans.len()).sum::<usize>();
        self.own.len() + others
    }

    pub(in crate::export) fn add_record(&mut self, template: &Template, record: &SpanRecord, wall: &Wall) {
        if self.own.is_empty() {
            self.own.put_bytes(0, template.room());
        }
        span::record(record, &template.limits, wall, &mut self.own);
    }

    pub(in crate::export) fn add_span(&mut self, span: &SpanData) {
        let scope = &span.instrumentation_scope;
        let index = self.others.iter().position(|(other, _)| other == scope);
        let index = index.unwrap_or_else(|| {
            self.others.push((scope.clone(), BytesMut::new()));
            self.others.len() - 1
        });
        span::span(span, &mut self.others[index].1);
    }

    /// The whole request.
    pub(in crate::export) fn finish(mut self, template: &Template) -> Bytes {
        let mut bytes = self.own;
        if !bytes.is_empty() {
            let room = template.room();
            let head = template.head(&template.scope, bytes.len() - room);
            let start = room - head.len();
            bytes[start..room].copy_from_slice(&head);
            bytes.advance(start);
        }
        for (scope, spans) in self.others.drain(..) {
            bytes.put_slice(&template.head(&encoded_scope(&scope), spans.len()));
            bytes.put_slice(&spans);
        }
        bytes.freeze()
    }
}
