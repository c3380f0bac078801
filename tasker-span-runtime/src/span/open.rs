//! The start of a span whose attributes are known: its ids, its place in the trace, and who is told of it.

use std::sync::atomic::Ordering;

use triomphe::{Arc, UniqueArc};

use super::local::{FILTERED, LocalSpan};
use super::position::{self, Position};
use super::resolve::prepare;
use super::scoped::ScopedSpan;
use super::settings::Settings;
use super::{claim, conflict, creation, hierarchy, inherit, measure, moment, previous, unseen, violation};
use crate::catalogue::site::Role;
use crate::clock;
use crate::notice;
use crate::stats;

/// How often work may be carried out of its span, one piece out of another, before a span lets go of those that enclose it:
/// work that spawns its own successor would keep more and more of them.
const MAX_CARRIED: u8 = 64;

#[inline(never)]
pub(super) fn open(mut span: UniqueArc<LocalSpan>) -> ScopedSpan {
    prepare(&mut span);
    span.started = clock::now();
    span.is_unwinding = std::thread::panicking();
    let realm = span.realm();
    if span.site.places().len() > 1 {
        span.place = hierarchy::place(&span, realm);
    }
    let role = span.site.role();
    let root = if role == Role::Root {
        claim::root(&span, realm)
    } else {
        None
    };
    span.is_unplaced = span.is_taskless || root.is_none() && creation::is_inside_open(&span);
    let Position {
        trace_id,
        parent_id,
        parent_is_remote,
        is_same_task,
    } = position::find(&mut span, root.is_some(), realm);
    span.record.trace_id = trace_id;
    span.record.parent_id = parent_id;
    span.record.parent_is_remote = parent_is_remote;
    let (derived, mut conflicts) = if role == Role::Execution {
        let claimed = claim::execution(&span, realm);
        previous::note(&mut span, &claimed, realm);
        (claimed.id, claimed.conflicts)
    } else {
        (root, conflict::NONE)
    };
    span.has_derived_id = derived.is_some();
    span.record.span_id = derived.unwrap_or_else(super::random::span_id);
    if span.has_extra_mut() {
        position::limit_links(&mut span);
    }
    conflicts |= inherit::insert(&span, realm);
    if conflicts != conflict::NONE {
        conflict::note(&mut span, conflicts, realm);
    }
    let mut is_violation = false;
    if span.sampling.is_sampled && span.record.attributes.task_uuid.is_some() {
        let enclosing = span.enclosing.as_deref().filter(|_| is_same_task);
        let violation = hierarchy::violation(&span, enclosing);
        if let Some(violation) = violation {
            is_violation = true;
            span.extra_mut().violations.push(violation);
        } else if span.place().moment.is_some() {
            moment::begin(&mut span, realm);
        }
    }
    if span.carried > MAX_CARRIED {
        span.carried = 0;
        let enclosing = span.enclosing.take();
        if !span.sampling.is_sampled && enclosing.is_some() {
            position::orphan(&mut span, realm);
        }
        super::local::release(enclosing);
    }
    show(span, is_violation)
}

/// Has the subscriber see the span, if it must. A violation is counted if the span is in the trace.
fn show(mut span: UniqueArc<LocalSpan>, is_violation: bool) -> ScopedSpan {
    let (site, is_sampled) = (span.site, span.sampling.is_sampled);
    let seen = span.settings.as_deref().map(|settings| {
        let metadata = site.callsite().metadata;
        let is_in_trace = settings
            .trace_filter
            .as_ref()
            .map(|passes| site.passes(|| passes(metadata)));
        let is_visible = is_sampled
            && (settings.is_visible.load(Ordering::Relaxed)
                || is_in_trace.is_none() && !site.callsite().is_always_enabled());
        (is_in_trace != Some(false), is_visible)
    });
    // Nothing exports a span if its subscriber has no layer of ours.
    let (is_in_trace, is_visible) = seen.unwrap_or((false, false));
    if !is_in_trace {
        span.set(FILTERED);
        // Nothing waits for a span that is not exported.
        (span.is_taskless, span.is_unplaced) = (false, false);
        if std::mem::take(&mut span.has_derived_id) {
            claim::release(&span, span.realm());
        }
    }
    let span: Arc<LocalSpan> = span.shareable();
    let Some(settings) = span.settings.as_deref() else {
        unseen::note_without_layer(site);
        return ScopedSpan::new(span);
    };
    if notice::is_due() {
        unseen::look(&span, settings);
    }
    if span.enqueued_at != 0 && is_in_trace {
        measure::queue_time(&span);
    }
    if is_visible {
        promote(&span, settings);
    }
    if span.is_exported() && !span.is_taskless {
        stats::SPANS_STARTED.add_one();
        if is_violation {
            stats::HIERARCHY_VIOLATIONS.add_one();
        }
    }
    if span.site.role() == Role::Execution {
        claim::note_execution(&span, settings.realm);
    }
    if let Some(open_work) = &settings.open_work {
        open_work.note_start(&span);
    }
    #[cfg(feature = "testing")]
    if span.is_exported() {
        settings
            .recorder
            .note_start(span.site.name(), span.trace_id(), span.span_id());
    }
    let violations = violation::strict(&span);
    let span = ScopedSpan::new(span);
    if let Some(violations) = violations {
        // It unwinds through the span, which is recorded all the same.
        violation::stop(&violations);
    }
    span
}

#[cold]
fn promote(span: &Arc<LocalSpan>, settings: &Settings) {
    let promoted = tracing::dispatcher::get_default(|dispatch| (settings.promote)(span, dispatch));
    match promoted {
        // No other thread knows the span yet.
        Some(promoted) => drop(span.set_promoted(promoted)),
        None => span.note_filtered(),
    }
    if span.is_filtered() && span.has_derived_id && span.site.role() == Role::Root {
        // The root is the terminal transition's then.
        claim::release(span, settings.realm);
    }
}
