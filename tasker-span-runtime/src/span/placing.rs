//! The placing of finished spans whose trace is known now: which trace each one is in, by which parent, and whether it is
//! exported.

use opentelemetry::trace::Link;

use super::creation::{Placement, placement};
use super::export::{count, want};
use super::local::{LocalSpan, Unplaced};
use super::settings::Settings;
use super::{claim, decide, inherit, position, violation};
use crate::catalogue::attributes::Attributes;
use crate::identity::{self, SpanId, TraceId, cache};
use crate::propagation::without_identity;
use crate::record;
use crate::sampled_by::SampledBy;
use crate::sampling::{Decision, SampleReason};
use crate::stats;

/// The trace that a span went to, for those inside of it.
struct Placed {
    span_id: SpanId,
    trace_id: TraceId,
    attributes: Attributes,
    is_sampled: bool,
    decision: Option<Decision>,
}

/// What a span that still runs, or has ended, is for those inside of it.
fn outside(outer: &LocalSpan) -> Placed {
    let (attributes, is_in_task) = match placement(outer) {
        Placement::OfTask(_, knows) => (knows.known(), true),
        Placement::Open(_) | Placement::WithCaller => (outer.known(), false),
    };
    let (is_sampled, decision) = if is_in_task {
        decide::once_known(outer, outer.site, &attributes)
    } else {
        (outer.sampling.is_sampled, None)
    };
    Placed {
        span_id: outer.span_id(),
        trace_id: outer.trace_id(),
        attributes,
        is_sampled,
        decision,
    }
}

/// Exports the spans, or leaves them out.
pub(super) fn place_all(span: &LocalSpan, mut all: Vec<Unplaced>) -> Vec<String> {
    let Some(settings) = &span.settings else {
        return Vec::new();
    };
    let mut violations = Vec::new();
    let mut all_placed: Vec<Placed> = Vec::with_capacity(all.len());
    let order = from_outermost(&all);
    for index in order.iter().copied() {
        let unplaced = &mut all[index];
        let parent_id = unplaced.record.parent_id.filter(|_| unplaced.around.is_some());
        let around = all_placed.iter().find(|placed| Some(placed.span_id) == parent_id);
        let placed = if around.is_some() {
            place(span, unplaced, around)
        } else {
            let around = unplaced.around.as_deref().map(outside);
            place(span, unplaced, around.as_ref())
        };
        all_placed.push(placed);
    }
    let mut wanted: Vec<(SpanId, SampledBy)> = Vec::new();
    let wanted_by = |wanted: &[(SpanId, SampledBy)], own: SpanId| {
        let by = wanted.iter().filter(|(id, _)| *id == own).map(|(_, by)| *by);
        by.max()
    };
    let mut all: Vec<_> = all.into_iter().map(Some).collect();
    for index in order.into_iter().rev() {
        let Some(mut unplaced) = all[index].take() else {
            continue;
        };
        let own = unplaced.record.span_id;
        if !unplaced.is_sampled {
            let Some(by) = unplaced.sampled_by.max(wanted_by(&wanted, own)) else {
                if unplaced.has_claim {
                    claim::release_execution(&unplaced.record.attributes, settings.realm);
                }
                record::recycle(unplaced.record);
                continue;
            };
            unplaced.record.reason = SampleReason::AtEnd(by);
            stats::count_sampled_by(by);
            if let Some(task_uuid) = unplaced.record.attributes.task_uuid {
                cache::update_task(settings.realm, task_uuid, |task| task.note_sampled_by(by));
            }
            if unplaced.has_derived_parent {
                unplaced.record.parent_id = unplaced.wanted_parent(settings.realm, by);
            }
            wanted.extend(unplaced.record.parent_id.map(|parent| (parent, by)));
        } else if unplaced.is_taskless {
            stats::SPANS_STARTED.add_one();
            if let Some(task_uuid) = unplaced.record.attributes.task_uuid {
                cache::update_task(settings.realm, task_uuid, cache::TaskEntry::note_exported_span);
            }
        }
        count(&unplaced.record.end);
        if let Some(extra) = unplaced
            .record
            .extra
            .as_ref()
            .filter(|extra| !extra.violations.is_empty())
        {
            violations.push(violation::shown_at(&extra.violations, unplaced.site));
        }
        settings.recorder.record(unplaced.record);
    }
    // Further out, a span that knew its task, or the caller's.
    if let Some(enclosing) = &span.enclosing
        && let Some(by) = wanted_by(&wanted, enclosing.span_id())
    {
        want(enclosing, by);
    }
    violations
}

/// The spans' indices, each after that of its parent.
fn from_outermost(all: &[Unplaced]) -> Vec<usize> {
    let mut order = Vec::with_capacity(all.len());
    // A span ends before the one around it, unless its work was spawned.
    let mut rest: Vec<_> = (0..all.len()).rev().collect();
    while !rest.is_empty() {
        let is_inner = |index: usize| {
            let parent = all[index].record.parent_id;
            rest.iter().any(|other| Some(all[*other].record.span_id) == parent)
        };
        let (inner, outer): (Vec<_>, Vec<_>) = rest.iter().partition(|index| is_inner(**index));
        // Spans that are each other's parents do not exist.
        let (inner, outer) = if outer.is_empty() {
            (outer, inner)
        } else {
            (inner, outer)
        };
        order.extend(outer);
        rest = inner;
    }
    order
}

/// Gives the span its trace and its parent, by those of the span that encloses it, or of its caller.
fn place(span: &LocalSpan, unplaced: &mut Unplaced, around: Option<&Placed>) -> Placed {
    let realm = span.realm();
    let record = &mut unplaced.record;
    if let Some(around) = around
        && unplaced
            .task_uuid
            .is_none_or(|own| around.attributes.task_uuid == Some(own))
    {
        inherit::fill_identity(&mut record.attributes, &around.attributes);
    }
    let left = around.map_or(record.trace_id, |around| around.trace_id);
    let trace_id = match unplaced.task_uuid {
        Some(task_uuid) if !unplaced.is_pinned => identity::trace_id(task_uuid),
        _ => left,
    };
    if trace_id != left {
        let is_exported = around.map_or(unplaced.is_caller_exported, |around| around.is_sampled);
        if let Some(parent_id) = record.parent_id.filter(|_| is_exported) {
            let is_sampled = around.map_or(unplaced.is_sampled, |around| around.is_sampled);
            let link = Link::with_context(position::remote(left, parent_id, is_sampled));
            record.extra.get_or_insert_default().links.insert(0, link);
        }
        if let Some(task_uuid) = unplaced.task_uuid
            && record.span_id != identity::root_span_id(task_uuid)
        {
            let (site, own) = (unplaced.site, &record.attributes);
            record.parent_id = Some(position::derived_parent(site, unplaced.place, own, task_uuid, realm));
            record.parent_is_remote = true;
            unplaced.has_derived_parent = true;
        }
    }
    if let Some(extra) = &mut record.extra
        && let Some(tracestate) = extra.tracestate.take()
        && record.trace_id == trace_id
    {
        // What the caller's trace says of itself stays there; what its sender told of a task is for messages.
        extra.tracestate = Some(without_identity(&tracestate).into_boxed_str()).filter(|text| !text.is_empty());
    }
    record.trace_id = trace_id;
    if unplaced.is_taskless && !unplaced.is_pinned {
        let decided = match (unplaced.task_uuid, around) {
            (Some(_), _) => Some(decide::once_known(span, unplaced.site, &record.attributes)),
            (None, Some(around)) => Some((around.is_sampled, around.decision)),
            (None, None) => None,
        };
        if let Some((is_sampled, decision)) = decided {
            unplaced.is_sampled = is_sampled;
            record.reason = SampleReason::at_start(decision);
        }
    }
    // An enclosing span that is not exported is no parent, whether it began without a task or not.
    let is_left_unsampled = around.map_or_else(
        || !unplaced.is_caller_exported && !unplaced.is_pinned,
        |around| !around.is_sampled,
    );
    if let Some(task_uuid) = record.attributes.task_uuid
        && unplaced.is_sampled
        && trace_id == left
        && is_left_unsampled
    {
        let (site, own) = (unplaced.site, &record.attributes);
        record.parent_id = Some(position::derived_parent(site, unplaced.place, own, task_uuid, realm));
        record.parent_is_remote = true;
    }
    complete(unplaced, around, span.settings.as_deref(), realm);
    let record = &unplaced.record;
    Placed {
        span_id: record.span_id,
        trace_id,
        attributes: record.attributes.clone(),
        is_sampled: unplaced.is_sampled,
        decision: record.reason.decision().copied(),
    }
}

/// Looks for what the span still lacks, and notes the violations.
fn complete(unplaced: &mut Unplaced, around: Option<&Placed>, settings: Option<&Settings>, realm: u128) {
    let (site, record) = (unplaced.site, &mut unplaced.record);
    inherit::complete_ended(site, &mut record.attributes, realm, unplaced.has_succeeded);
    // If there is no task, the span that encloses it tells.
    let is_excused = record.attributes.task_uuid.is_none() && around.is_some();
    if !is_excused && site.required_bits() & !record.attributes.present() != 0 {
        let violations = violation::note_missing(site, settings, &record.attributes, unplaced.has_succeeded);
        if !violations.is_empty() {
            record.extra.get_or_insert_default().violations.extend(violations);
        }
    }
}

impl Unplaced {
    /// The derived parent of an unsampled span that is exported, which is asked for.
    fn wanted_parent(&self, realm: u128, by: SampledBy) -> Option<SpanId> {
        let own = &self.record.attributes;
        let task_uuid = own.task_uuid?;
        Some(position::wanted_parent(
            self.site, self.place, own, task_uuid, realm, by,
        ))
    }
}
