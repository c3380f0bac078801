//! `Request`: a batch of spans as `ExportTraceServiceRequest`. The resource and the scopes are encoded once.

use bytes::{Buf, Bytes};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

use super::{span, wire};
use crate::clock::Wall;
use crate::record::{Shared, SpanRecord};

/// What all requests of one exporter have in common.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// The resource and its schema, as fields of `ResourceSpans`.
    resource: Vec<u8>,
    /// The scope of this crate's spans, as fields of `ScopeSpans`.
    scope: Vec<u8>,
    /// For spans that are not written as they are.
    shared: Shared,
}

impl Template {
    pub(crate) fn new(resource: &Resource, shared: Shared) -> Self {
        let attributes = resource
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        let attributes: Vec<_> = attributes.collect();
        let mut encoded = Vec::new();
        wire::message(1, 2, &mut encoded, |buffer| span::attributes(1, &attributes, buffer));
        wire::bytes(3, resource.schema_url().unwrap_or_default(), &mut encoded);
        Self {
            resource: encoded,
            scope: encoded_scope(&shared.scope),
            shared,
        }
    }

    /// The bytes before the spans of a scope, as a `ResourceSpans` of its own.
    fn head(&self, scope: &[u8], spans: usize) -> Vec<u8> {
        let mut scope_spans = Vec::with_capacity(scope.len() + 16);
        wire::length(2, scope.len() + spans, &mut scope_spans);
        scope_spans.extend_from_slice(scope);
        let length = self.resource.len() + scope_spans.len() + spans;
        let mut head = Vec::with_capacity(self.resource.len() + scope_spans.len() + 16);
        wire::length(1, length, &mut head);
        head.extend_from_slice(&self.resource);
        head.extend_from_slice(&scope_spans);
        head
    }

    /// The most bytes that a head takes: two lengths have five bytes at most, as a request is below 4 GiB.
    fn room(&self) -> usize {
        self.resource.len() + self.scope.len() + 2 * (1 + 5)
    }
}

fn encoded_scope(scope: &InstrumentationScope) -> Vec<u8> {
    let attributes: Vec<_> = scope.attributes().cloned().collect();
    let mut encoded = Vec::new();
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
    own: Vec<u8>,
    others: Vec<(InstrumentationScope, Vec<u8>)>,
}

impl Request {
    /// A request that reuses the memory of another one, if nothing else refers to it any more.
    pub(in crate::export) fn reusing(sent: Bytes) -> Self {
        let mut memory = sent.try_into_mut().unwrap_or_default();
        // Empty, it is moved and not copied.
        memory.clear();
        let own = Vec::from(memory);
        Self { own, ..Self::default() }
    }

    /// The bytes so far.
    pub(in crate::export) fn length(&self) -> usize {
        let others = self.others.iter().map(|(_, spans)| spans.len()).sum::<usize>();
        self.own.len() + others
    }

    /// Takes the events of the record, if its texts may have to be cut.
    pub(in crate::export) fn add_record(&mut self, template: &Template, record: &mut SpanRecord, wall: &Wall) {
        let limits = &template.shared.limits;
        if limits.text.is_some() {
            return self.add_span(&template.shared.span_data(record, wall));
        }
        if self.own.is_empty() {
            self.own.resize(template.room(), 0);
        }
        span::record(record, limits, wall, &mut self.own);
    }

    pub(in crate::export) fn add_span(&mut self, span: &SpanData) {
        let scope = &span.instrumentation_scope;
        let index = self.others.iter().position(|(other, _)| other == scope);
        let index = index.unwrap_or_else(|| {
            self.others.push((scope.clone(), Vec::new()));
            self.others.len() - 1
        });
        span::span(span, &mut self.others[index].1);
    }

    /// The whole request.
    pub(in crate::export) fn finish(self, template: &Template) -> Bytes {
        let mut all = self.own;
        let mut start = 0;
        if !all.is_empty() {
            let room = template.room();
            let head = template.head(&template.scope, all.len() - room);
            start = room - head.len();
            all[start..room].copy_from_slice(&head);
        }
        for (scope, spans) in self.others {
            all.extend_from_slice(&template.head(&encoded_scope(&scope), spans.len()));
            all.extend_from_slice(&spans);
        }
        let mut bytes = Bytes::from(all);
        bytes.advance(start);
        bytes
    }
}
