//! How an unsampled span is exported after all: because it failed or was slow, or a descendant was. Sampled spans
//! are in `end`.

use triomphe::Arc;

use super::local::{ENDED, EXPORTED, LocalSpan, WANTED, WANTED_BY_ERROR};
use super::{claim, hierarchy, inherit, position, previous, violation};
use crate::catalogue::site::Role;
use crate::clock::{self, Instant};
use crate::identity::{self, cache};
use crate::record::{self, Extra, Source, SpanNames, SpanRecord, Time, pool};
use crate::sampled_by::SampledBy;
use crate::sampling::SampleReason;
use crate::stats;

/// Counts the outcome of a span that is exported.
pub(super) fn count(end: &record::End) {
    match end {
        record::End::Returned => {}
        record::End::Failed(_) | record::End::Panicked => stats::SPANS_FAILED.add_one(),
        record::End::Cancelled => stats::SPANS_CANCELLED.add_one(),
    }
}

/// The record of a sampled span that ended: its own, or a copy if other work has the span.
#[inline]
pub(super) fn complete_record(span: &mut Arc<LocalSpan>, ended: Instant, end: record::End) -> Box<SpanRecord> {
    let mut record = pool::take();
    if let Some(span) = Arc::get_mut(span) {
        std::mem::swap(&mut record, &mut span.record);
        record.extra = span.take_extra();
    } else {
        let own = &span.record;
        record.attributes.clone_from(&own.attributes);
        record.trace_id = own.trace_id;
        record.span_id = own.span_id;
        record.parent_id = own.parent_id;
        record.parent_is_remote = own.parent_is_remote;
        record.extra = span.take_ended_extra();
    }
    if let Some((trace_id, span_id)) = span.other_ids() {
        record.trace_id = trace_id;
        record.span_id = span_id;
    }
    record.source = Source::Site(span.site);
    record.started = Time::Clock(span.started);
    record.ended = Time::Clock(ended);
    record.end = end;
    record.names = span
        .settings
        .as_deref()
        .map_or(SpanNames::Plain, |settings| settings.names);
    record.reason = SampleReason::at_start(span.sampling.decision);
    if let Some(extra) = &record.extra {
        record.attributes.fill_from(&extra.late);
        stats::NIL_UUIDS.add(extra.nil_uuids);
    }
    record
}

/// Exports an unsampled span for its own end or for a descendant. And the spans that enclose it, if they have ended.
pub(super) fn export(span: &Arc<LocalSpan>, ended: Instant, end: record::End, by: SampledBy) {
    // Not by recursion: the chain may be long.
    if let Some(parent) = export_alone(span, ended, end, by) {
        want(parent, by);
    }
}

/// Returns the enclosing span that the exported one needs as its parent.
fn export_alone(span: &Arc<LocalSpan>, ended: Instant, end: record::End, by: SampledBy) -> Option<&Arc<LocalSpan>> {
    if span.is_filtered() || span.set(EXPORTED) & EXPORTED != 0 {
        return None;
    }
    let settings = span.settings.as_ref()?;
    claim::again(span, span.realm());
    let has_succeeded = matches!(end, record::End::Returned);
    let realm = span.realm();
    count(&end);
    let mut extra = span.take_ended_extra().unwrap_or_default();
    add_stored(span, &mut extra);
    let mut attributes = span.record.attributes.clone();
    attributes.fill_from(&extra.late);
    let site = span.site;
    if site.required_bits() & !attributes.present() != 0 {
        inherit::complete(site, &mut attributes, span.enclosing.as_deref(), realm);
        if has_succeeded {
            inherit::look_up_late(site, &mut attributes, realm);
        }
        extra.violations.extend(violation::note_missing(
            site,
            span.settings.as_deref(),
            &attributes,
            has_succeeded,
        ));
    }
    stats::NIL_UUIDS.add(extra.nil_uuids);
    if site.role() == Role::Execution {
        extra.links.extend(previous::of_exported(span));
    }
    let parent = exported_parent(span);
    if let Some(task_uuid) = attributes.task_uuid {
        let enclosing = span
            .enclosing
            .as_deref()
            .filter(|enclosing| enclosing.task_uuid() == Some(task_uuid));
        if let Some(violation) = hierarchy::violation(span, enclosing) {
            stats::HIERARCHY_VIOLATIONS.add_one();
            extra.violations.push(violation);
        }
        cache::update_task(realm, task_uuid, |task| task.note_sampled_by(by));
    }
    stats::count_sampled_by(by);
    if let Some(namespace) = span.sampling.namespace.filter(|_| site.role() == Role::Execution) {
        namespace.count_sampled_by(by);
    }
    let parent_id = match parent {
        None if span.record.parent_is_remote && span.is_parent_derived() => attributes.task_uuid.map(|task_uuid| {
            position::wanted_parent(site, span.place(), &span.record.attributes, task_uuid, realm, by)
        }),
        _ => span.record.parent_id,
    };
    settings.recorder.record(pool::fill(SpanRecord {
        source: Source::Site(site),
        names: settings.names,
        attributes,
        trace_id: span.trace_id(),
        span_id: span.span_id(),
        parent_id,
        parent_is_remote: span.record.parent_is_remote,
        started: Time::Clock(span.started),
        ended: Time::Clock(ended),
        end,
        reason: SampleReason::AtEnd(by),
        extra: Some(extra),
    }));
    parent
}

/// Adds the fields that an unsampled span has stored.
pub(super) fn add_stored(span: &LocalSpan, extra: &mut Extra) {
    let stored = span.stored.values(span.limits().text_limit());
    if !stored.is_empty() {
        extra.fields = stored;
    }
}

/// The enclosing span that is the parent of an unsampled span.
fn exported_parent(span: &LocalSpan) -> Option<&Arc<LocalSpan>> {
    let parent_id = span.record.parent_id?;
    span.near_ancestors()
        .find(|enclosing| enclosing.span_id() == parent_id && enclosing.trace_id() == span.trace_id())
}

/// Has an unsampled span exported for a descendant: when it ends, or now if it has ended.
pub(super) fn want(span: &Arc<LocalSpan>, by: SampledBy) {
    let mut next = Some(span);
    while let Some(wanted) = next {
        next = want_alone(wanted, by);
    }
}

/// Returns the parent that is wanted next.
fn want_alone(span: &Arc<LocalSpan>, by: SampledBy) -> Option<&Arc<LocalSpan>> {
    if position::is_exported(span) || span.set(wanted_bits(by)) & ENDED == 0 {
        return None;
    }
    let ended = span.with_extra(|extra| extra.and_then(|extra| extra.ended.clone()));
    let (ended, end) = ended.unwrap_or_else(|| (clock::now(), record::End::Returned));
    export_alone(span, ended, end, by)
}

impl LocalSpan {
    /// Whether the parent is the catalogue's, by a derived id.
    fn is_parent_derived(&self) -> bool {
        let Some(task_uuid) = self.record.attributes.task_uuid else {
            return false;
        };
        let own = &self.record.attributes;
        let cached = own
            .step_uuid
            .and_then(|step| cache::step(self.realm(), step)?.execution);
        let derived = [Some(identity::root_span_id(task_uuid)), own.execution_id(), cached];
        derived.contains(&self.record.parent_id)
    }
}

/// The state of a span that an exported descendant has as its ancestor.
pub(super) fn wanted_bits(by: SampledBy) -> u16 {
    match by {
        SampledBy::Error => WANTED | WANTED_BY_ERROR,
        SampledBy::Slow => WANTED,
    }
}

/// Why the exported descendants of a span have it as their ancestor, by its state.
pub(super) fn wanted_by(state: u16) -> Option<SampledBy> {
    match state {
        _ if state & WANTED_BY_ERROR != 0 => Some(SampledBy::Error),
        _ if state & WANTED != 0 => Some(SampledBy::Slow),
        _ => None,
    }
}

/// Why an unsampled span is exported that failed or was slow.
pub(super) fn own_reason(span: &LocalSpan, has_failed: bool, ended: Instant) -> Option<SampledBy> {
    if has_failed && span.sampling.keep_errors {
        return Some(SampledBy::Error);
    }
    let is_slow = span.sampling.slower_than.is_reached(span.started, ended);
    // Spans that lost this one may have failed.
    is_slow.then(|| lost_by(span).unwrap_or(SampledBy::Slow))
}

/// Why spans that lost this unsampled one point to it.
fn lost_by(span: &LocalSpan) -> Option<SampledBy> {
    let own = &span.record.attributes;
    match span.site.role() {
        Role::Execution => {
            let (entry, number) = own.slot(own.step_uuid?);
            cache::step(span.realm(), entry)?.unsampled.wanted_by(number)
        }
        Role::Root => {
            let task = cache::task(span.realm(), own.task_uuid?)?;
            task.needs_root().then(|| task.sampled_by().unwrap_or(SampledBy::Error))
        }
        Role::Transition | Role::Handler | Role::Other => None,
    }
}

/// The same at the end of the span, after which no span asks for it.
pub(super) fn end_lost_by(span: &LocalSpan) -> Option<SampledBy> {
    let own = &span.record.attributes;
    if span.site.role() != Role::Execution {
        return lost_by(span);
    }
    let (entry, number) = own.slot(own.step_uuid?);
    cache::update_step(span.realm(), entry, |step| {
        let wanted = step.unsampled.end(number);
        if span.has_derived_id
            && wanted.is_none()
            && let Some(number) = number
        {
            // For the span of a later delivery. This one claims it again if it is exported.
            step.attempts.release(number);
        }
        wanted
    })
}
