//! `SpanRecord`: a finished span on its way to the exporter. The running span is `span::LocalSpan`.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link};

use super::field_value::FieldValue;
use super::messages::Messages;
use super::span_names::SpanNames;
use crate::catalogue::Family;
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::Site;
use crate::clock::Instant;
use crate::identity::{SpanId, TraceId};
use crate::outcome::Failure;
use crate::sampling::SampleReason;
use crate::stats;

/// All that is exported of one span. It is filled while the span runs.
#[derive(Debug)]
pub(crate) struct SpanRecord {
    pub(crate) source: Source,
    pub(crate) attributes: Attributes,
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// `None` for a root.
    pub(crate) parent_id: Option<SpanId>,
    /// The parent is a derived id or comes from another process.
    pub(crate) parent_is_remote: bool,
    pub(crate) started: Time,
    pub(crate) ended: Time,
    pub(crate) end: End,
    pub(crate) names: SpanNames,
    pub(crate) reason: SampleReason,
    pub(crate) extra: Option<Box<Extra>>,
}

impl Default for SpanRecord {
    fn default() -> Self {
        Self {
            source: Source::Root,
            attributes: Attributes::default(),
            trace_id: TraceId::of_hash(0),
            span_id: SpanId::of_hash(0),
            parent_id: None,
            parent_is_remote: false,
            started: Time::Unix(0),
            ended: Time::Unix(0),
            end: End::Returned,
            names: SpanNames::Plain,
            reason: SampleReason::Always,
            extra: None,
        }
    }
}

impl SpanRecord {
    /// Whether its span has a `tracestate`.
    #[cfg(feature = "_otlp")]
    pub(crate) fn has_tracestate(&self) -> bool {
        let inherited = self.extra.as_ref().is_some_and(|extra| extra.tracestate.is_some());
        inherited || self.reason.decision().is_some()
    }

    /// Notes that no transition was seen that the span's work belongs to.
    #[cold]
    pub(crate) fn mark_transition_unseen(&mut self) {
        stats::TRANSITIONS_UNSEEN.add_one();
        self.extra.get_or_insert_default().is_transition_unseen = true;
    }

    /// Drops what the record holds. All else is set when the record is used again.
    pub(crate) fn clear(&mut self) {
        self.attributes.clear();
        self.end = End::Returned;
        self.reason = SampleReason::Always;
        self.extra = None;
    }
}

/// What wrote the span.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// A function or block.
    Site(&'static Site),
    /// The transition into a terminal state, in place of a driver. The state is `to_state` of the attributes.
    Root,
    /// `record_lost_attempt`.
    LostAttempt,
    /// `record_transition`.
    RecordedTransition,
    /// The export thread, of work that runs. The state of the work is `to_state` of the attributes.
    Running(Family),
}

/// A point in time, read from the clock or given by the program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Time {
    Clock(Instant),
    /// Nanoseconds since the Unix epoch.
    Unix(u64),
}

impl From<SystemTime> for Time {
    fn from(time: SystemTime) -> Self {
        let nanos = time
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos();
        Self::Unix(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// How the work inside a span ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Returned,
    Failed(Box<Failure>),
    Panicked,
    Cancelled,
}

impl Extra {
    /// What spans that start inside one that has ended take from it.
    pub(crate) fn for_children(&self) -> Option<Self> {
        let has_late = self.late.present() != 0;
        (has_late || self.tracestate.is_some()).then(|| Self {
            late: self.late.clone(),
            tracestate: self.tracestate.clone(),
            ..Self::default()
        })
    }
}

/// A worker that was lost.
#[derive(Clone, Debug)]
pub(crate) struct LostWorker {
    pub(super) id: String,
    /// Of the status.
    pub(super) description: String,
}

impl LostWorker {
    pub(crate) fn new(id: String) -> Self {
        let description = format!("the worker `{id}` was lost before the attempt ended");
        Self { id, description }
    }
}

/// What few spans have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Extra {
    /// Catalogue attributes that were recorded after the start.
    pub(crate) late: Attributes,
    /// The values of `fields(…)`, in the order of the site's own fields.
    pub(crate) fields: Vec<FieldValue>,
    pub(crate) links: Vec<Link>,
    pub(crate) events: Vec<Event>,
    /// The bytes that the events take of those that they share: see `Limits::fit_event`.
    pub(crate) event_bytes: usize,
    /// How many more events there were.
    pub(crate) dropped_events: u32,
    /// How many more links there were.
    pub(crate) dropped_links: u32,
    /// Attributes that were set on the promoted span. A later value of a key replaces the earlier one.
    pub(crate) attributes: Vec<KeyValue>,
    /// How many more of them there were.
    pub(crate) dropped_attributes: u32,
    /// A name that was set on the promoted span.
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) received: Messages,
    pub(crate) sent: Messages,
    /// The `tracestate` of the remote or foreign parent, without `th`.
    pub(crate) tracestate: Option<Box<str>>,
    /// What is wrong about the span, by the catalogue.
    pub(crate) violations: Vec<String>,
    /// The worker of a lost attempt, if the program knows it.
    pub(crate) lost_worker: Option<LostWorker>,
    /// No transition was seen that its work belongs to.
    pub(crate) is_transition_unseen: bool,
    /// Its attempt has been executed before, or is being executed, in this process.
    pub(crate) is_attempt_repeated: bool,
    /// How many ids were the nil UUID.
    pub(crate) nil_uuids: u64,
    /// When and how an unsampled span ended whose spawned work goes on, and may have it exported.
    pub(crate) ended: Option<(Instant, End)>,
}
