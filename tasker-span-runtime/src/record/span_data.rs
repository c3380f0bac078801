//! From a `SpanRecord` to the SDK's `SpanData`. Its delivery is in `recorder`.

use std::time::SystemTime;

use opentelemetry::InstrumentationScope;
use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::limits::Limits;
use super::marks::{attributes, links, name};
use super::span_record::{SpanRecord, Time};
use crate::catalogue;
use crate::clock::Wall;
use crate::sampling::{Decision, write_ot};

/// What all spans of one recorder share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) limits: Limits,
    pub(super) scope: InstrumentationScope,
}

impl Shared {
    pub(super) fn span_data(&self, record: &mut SpanRecord, wall: &Wall) -> SpanData {
        let (start_time, end_time) = times(record, wall);
        let name = name(record);
        let span_context = context(record);
        let parent_span_id = record.parent_id.map_or(SpanId::INVALID, |id| SpanId::from(id.to_u64()));
        let span_kind = kind(record);
        let links = links(record);
        let extra = record.extra.as_deref_mut();
        let (events, dropped_events, dropped_links, dropped_attributes) =
            extra.map_or_else(Default::default, |extra| {
                let events = std::mem::take(&mut extra.events);
                (
                    events,
                    extra.dropped_events,
                    extra.dropped_links,
                    extra.dropped_attributes,
                )
            });
        let parent_span_is_remote = record.parent_is_remote;
        let (attributes, status) = attributes(record);
        self.limits.apply(SpanData {
            span_context,
            parent_span_id,
            parent_span_is_remote,
            span_kind,
            name,
            start_time,
            end_time,
            attributes,
            dropped_attributes_count: dropped_attributes,
            events: all_events(events, dropped_events),
            links: all_links(links, dropped_links),
            status,
            instrumentation_scope: self.scope.clone(),
        })
    }
}

fn all_events(events: Vec<Event>, dropped: u32) -> SpanEvents {
    let mut all = SpanEvents::default();
    all.events = events;
    all.dropped_count = dropped;
    all
}

fn all_links(links: Vec<Link>, dropped: u32) -> SpanLinks {
    let mut all = SpanLinks::default();
    all.links = links;
    all.dropped_count = dropped;
    all
}

/// The start and the end. A clock that was set back in between makes no span end before it starts.
pub(super) fn times(record: &SpanRecord, wall: &Wall) -> (SystemTime, SystemTime) {
    let at = |time| match time {
        Time::Clock(instant) => wall.at(instant),
        Time::Unix(nanos) => SystemTime::UNIX_EPOCH + std::time::Duration::from_nanos(nanos),
    };
    let (start, end) = (at(record.started), at(record.ended));
    match record.started {
        // A task that starts in the future has just started.
        Time::Unix(_) => (start.min(end), end),
        Time::Clock(_) => (start, end.max(start)),
    }
}

pub(super) fn kind(record: &SpanRecord) -> SpanKind {
    let kind = match record.source {
        super::Source::Site(site) => site.kind(),
        super::Source::Root => catalogue::SpanKind::Internal,
        super::Source::LostAttempt => catalogue::SpanKind::Consumer,
    };
    match kind {
        catalogue::SpanKind::Internal => SpanKind::Internal,
        catalogue::SpanKind::Server => SpanKind::Server,
        catalogue::SpanKind::Client => SpanKind::Client,
        catalogue::SpanKind::Producer => SpanKind::Producer,
        catalogue::SpanKind::Consumer => SpanKind::Consumer,
    }
}

fn context(record: &SpanRecord) -> SpanContext {
    SpanContext::new(
        TraceId::from(record.trace_id.to_u128()),
        SpanId::from(record.span_id.to_u64()),
        TraceFlags::SAMPLED,
        false,
        tracestate_of(record),
    )
}

pub(super) fn tracestate_of(record: &SpanRecord) -> TraceState {
    let base = record.extra.as_ref().and_then(|extra| extra.tracestate.as_deref());
    tracestate(base, record.decision.as_ref())
}

/// The `tracestate` of a span: the members that it got from its parent, and its own decision.
pub(crate) fn tracestate(base: Option<&str>, decision: Option<&Decision>) -> TraceState {
    let text = match (base, decision) {
        (None, None) => return TraceState::NONE,
        (base, Some(decision)) => write_ot(base, decision),
        (Some(base), None) => base.to_owned(),
    };
    text.parse().unwrap_or(TraceState::NONE)
}
