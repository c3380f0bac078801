//! Work that belongs to a transition which does not enclose it: where a transition is a moment, it is over before the work
//! begins, or comes after it. The span's parent and link are found here; which transitions are meant, the catalogue says.

use std::time::SystemTime;

use uuid::Uuid;

use super::hierarchy;
use super::local::{Awaits, LocalSpan};
use super::settings::Settings;
use crate::catalogue::attributes::Attributes;
use crate::clock::{self, Instant, unix_nanos};
use crate::identity::SpanId;
use crate::identity::cache::{self, Transition};
use crate::record::{Expectation, SpanRecord};

/// Finds the transition that led to the work, or notes that it is still to come.
#[cold]
pub(super) fn begin(span: &mut LocalSpan, realm: u128) {
    let Some(moment) = span.place().moment else { return };
    if hierarchy::transition(span).is_some() {
        return;
    }
    // With an enclosing span, or in a span of other code, the code runs the work where its parent is.
    let awaits = if span.is_same_task || span.is_unplaced || !span.record.parent_is_remote {
        Awaits::Link
    } else {
        Awaits::Parent
    };
    let latest = span
        .record
        .attributes
        .task_uuid
        .and_then(|task_uuid| cache::transition(realm, task_uuid));
    match latest.filter(|latest| latest.with_states(|states| moment.may_follow(states))) {
        Some(latest) => fulfil(span, awaits, latest.span_id),
        None => span.awaits = awaits,
    }
}

fn fulfil(span: &mut LocalSpan, awaits: Awaits, span_id: SpanId) {
    if awaits == Awaits::Parent {
        span.record.parent_id = Some(span_id);
        span.record.parent_is_remote = false;
    } else if span.record.parent_id != Some(span_id) {
        let link = crate::record::link_within(span.record.trace_id, span_id);
        span.extra_mut().links.push(link);
    }
}

/// Hands over the record of a span that is still without its transition.
#[cold]
pub(super) fn end(span: &LocalSpan, record: Box<SpanRecord>) {
    let (Some(settings), Some(moment)) = (&span.settings, span.place().moment) else {
        return;
    };
    let mut expectation = Expectation {
        record,
        moment,
        is_child: span.awaits == Awaits::Parent,
    };
    let latest = expectation
        .record
        .attributes
        .task_uuid
        .and_then(|task_uuid| cache::transition(settings.realm, task_uuid))
        // It came while the work ran.
        .filter(|latest| latest.ended >= span.started)
        .filter(|latest| latest.with_states(|states| moment.may_follow(states) || moment.may_lead_to(states)));
    if let Some(latest) = latest {
        // What the work encloses is no parent of it.
        expectation.is_child &= !latest.is_enclosed();
        settings.recorder.record(expectation.fulfil(latest.span_id));
    } else if moment.may_come_first() {
        settings.recorder.await_transition(expectation);
    } else {
        settings.recorder.record(expectation.give_up());
    }
}

/// Notes a transition that has succeeded and is exported, for the work that it led to and the work that led to it.
pub(super) fn note(span: &LocalSpan, ended: Instant) {
    let (Some(task_uuid), Some(settings)) = (span.record.attributes.task_uuid, &span.settings) else {
        return;
    };
    if !span.is_exported() {
        return;
    }
    span.with_known(|known| {
        if known.from_state.is_none() || known.to_state.is_none() {
            return;
        }
        let enclosing = || span.near_ancestors().filter(|span| span.place().moment.is_some());
        let transition = Transition::new(known, span.span_id(), ended, enclosing().next().is_some());
        cache::note_transition(settings.realm, task_uuid, transition);
        let encloses = |span_id| enclosing().any(|span| span.span_id() == span_id);
        settings
            .recorder
            .note_transition(task_uuid, &known.states(), span.span_id(), encloses);
    });
}

/// The same of a transition that no code ran, unless a later one is known.
pub(super) fn note_recorded(settings: &Settings, task_uuid: Uuid, known: &Attributes, span_id: SpanId, at: SystemTime) {
    let (wall, at) = (clock::wall(), unix_nanos(at));
    let is_later = |latest: Transition| latest.nanos(wall) > at;
    if !cache::transition(settings.realm, task_uuid).is_some_and(is_later) {
        let transition = Transition::new(known, span_id, clock::now(), false).recorded_at(at);
        cache::note_transition(settings.realm, task_uuid, transition);
    }
    settings
        .recorder
        .note_transition(task_uuid, &known.states(), span_id, |_| false);
}
