//! From a `SpanRecord` to the SDK's `SpanData`. Its delivery is in `recorder`.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};

use super::attributes::attributes;
use super::limits::Limits;
use super::marks::{failure, given_name, kind, links, own_name};
use super::names::detailed;
use super::span_record::{SpanRecord, Time};
use crate::catalogue;
use crate::clock::{Wall, system_time};
use crate::redact::Redactor;
use crate::sampling::{Decision, write_ot};

/// What all spans of one recorder share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) scope: InstrumentationScope,
    /// The program's hook for values.
    pub(crate) redactor: Option<Redactor>,
}

impl Shared {
    /// Takes the events of the record.
    pub(crate) fn span_data(&self, record: &mut SpanRecord, wall: &Wall) -> SpanData {
        let (start_time, end_time) = system_times(record, wall);
        let attributes = attributes_of(record);
        let (links, status) = (links(record).map(Cow::into_owned).collect(), status(record));
        let mut extra = record.extra.as_deref_mut();
        let events = extra
            .as_mut()
            .map_or_else(Vec::new, |extra| std::mem::take(&mut extra.events));
        let (dropped_events, dropped_links, dropped_attributes) = extra.map_or((0, 0, 0), |extra| {
            (extra.dropped_events, extra.dropped_links, extra.dropped_attributes)
        });
        self.complete(SpanData {
            span_context: context(record),
            parent_span_id: record.parent_id.map_or(SpanId::INVALID, |id| SpanId::from(id.to_u64())),
            parent_span_is_remote: record.parent_is_remote,
            span_kind: span_kind(record),
            name: name_of(record),
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

    /// The span as it is exported: redacted, and within the limits.
    pub(crate) fn complete(&self, mut span: SpanData) -> SpanData {
        if let Some(redactor) = &self.redactor {
            redactor.apply(&mut span);
        }
        self.limits.apply(span)
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

/// The start and the end, in nanoseconds since 1970. A clock that was set back in between makes no span end before it starts.
pub(crate) fn times(record: &SpanRecord, wall: &Wall) -> (u64, u64) {
    let at = |time| match time {
        Time::Clock(instant) => wall.at(instant),
        Time::Unix(nanos) => nanos,
    };
    let (start, end) = (at(record.started), at(record.ended));
    match record.started {
        // A task that starts in the future has just started.
        Time::Unix(_) => (start.min(end), end),
        Time::Clock(_) => (start, end.max(start)),
    }
}

/// The same for the SDK.
pub(super) fn system_times(record: &SpanRecord, wall: &Wall) -> (SystemTime, SystemTime) {
    let (start, end) = times(record, wall);
    (system_time(start), system_time(end))
}

pub(super) fn attributes_of(record: &SpanRecord) -> Vec<KeyValue> {
    let mut all = Vec::with_capacity(16);
    attributes(record, |key, value| all.push(KeyValue::new(key.clone(), value)));
    all
}

/// The outcome's own status.
pub(super) fn status(record: &SpanRecord) -> Status {
    failure(record).map_or(Status::Unset, |(_, description)| Status::error(description.to_owned()))
}

pub(super) fn name_of(record: &SpanRecord) -> Cow<'static, str> {
    let own = own_name(record).map(str::to_owned).or_else(|| detailed(record));
    own.map_or(Cow::Borrowed(given_name(record)), Cow::Owned)
}

pub(super) fn span_kind(record: &SpanRecord) -> SpanKind {
    match kind(record) {
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

pub(crate) fn tracestate_of(record: &SpanRecord) -> TraceState {
    let base = record.extra.as_ref().and_then(|extra| extra.tracestate.as_deref());
    tracestate(base, record.reason.decision())
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
