//! Records that are exported through a tracer of the program's own. With `Telemetry` they are not.

use std::borrow::Cow;

use opentelemetry::trace::{Span, SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::demand::{Demand, with_demand};
use super::marks::{links, own_name, remote};
use super::names::detailed;
use super::other_ids::note_other_ids;
use super::span_data::{attributes_of, name_of, span_kind, status, system_times, tracestate_of};
use super::span_record::SpanRecord;
use crate::clock;

/// Starts and ends the span at once, under the record's ids. Returns false if the provider does not take it: it is shut down, or
/// has another sampler than ours.
pub(super) fn emit(tracer: &SdkTracer, record: &mut SpanRecord) -> bool {
    let (start, end) = system_times(record, &clock::wall());
    let links = links(record).map(Cow::into_owned).collect();
    let events = record
        .extra
        .as_mut()
        .map_or_else(Vec::new, |extra| std::mem::take(&mut extra.events));
    let demand = Demand {
        trace_id: record.trace_id,
        span_id: record.span_id,
        is_sampled: true,
        trace_state: tracestate_of(record),
        site: None,
    };
    let parent = match record.parent_id {
        Some(parent) => Context::new().with_remote_span_context(remote(record.trace_id, parent)),
        None => Context::new(),
    };
    let builder = SpanBuilder::from_name(name_of(record))
        .with_kind(span_kind(record))
        .with_start_time(start);
    let status = status(record);
    let builder = builder
        .with_attributes(attributes_of(record))
        .with_links(links)
        .with_events(events);
    let mut span = with_demand(demand, || tracer.build_with_context(builder, &parent));
    let is_taken = span.is_recording();
    if is_taken {
        note_other_ids(span.span_context(), record.trace_id, record.span_id);
    }
    if status != Status::Unset {
        span.set_status(status);
    }
    span.end_with_timestamp(end);
    is_taken
}

/// Completes a span that the program's own layer has started, and ends it: what holds it open exports nothing more.
pub(super) fn finish(record: &mut SpanRecord, started: &Context) {
    let (_, end) = system_times(record, &clock::wall());
    let links: Vec<_> = links(record).map(Cow::into_owned).collect();
    let events = record
        .extra
        .as_mut()
        .map_or_else(Vec::new, |extra| std::mem::take(&mut extra.events));
    if let Some(extra) = &mut record.extra {
        // The layer has set them, as the fields of its span.
        extra.fields.clear();
    }
    let (status, detailed) = (status(record), detailed(record));
    let span = started.span();
    if own_name(record).is_none()
        && let Some(name) = detailed
    {
        span.update_name(name);
    }
    // The SDK keeps both of two attributes with one key.
    for attribute in attributes_of(record).into_iter().filter(is_new) {
        span.set_attribute(attribute);
    }
    for link in links {
        span.add_link(link.span_context, link.attributes);
    }
    for event in events {
        span.add_event_with_timestamp(event.name, event.timestamp, event.attributes);
    }
    if status != Status::Unset {
        span.set_status(status);
    }
    span.end_with_timestamp(end);
}

/// Whether the attribute is not one of those that the span has had from its start: the catalogue's, as fields, and its code.
fn is_new(attribute: &KeyValue) -> bool {
    let key = attribute.key.as_str();
    !key.starts_with("code.") && !crate::catalogue::Attribute::ALL.iter().any(|known| known.name() == key)
}
