//! The end of spans that began before their task existed. A span inside of another such span waits for the end of the outermost
//! one, because only then it is known which trace they are in.

use triomphe::Arc;

use super::creation::{Placement, placement};
use super::export::{add_stored, complete_record, count, end_lost_by, wanted_bits, wanted_by};
use super::local::{Awaits, ENDED, EXPORTED, LocalSpan, PINNED, Unplaced};
use super::placing::place_all;
use super::{claim, decide, stack, violation};
use crate::clock::Instant;
use crate::record;
use crate::sampled_by::SampledBy;
use crate::sampling::{self, Rates};
use crate::stats;

/// How many finished spans wait for the end of one span. One more, and that span stays with its caller.
const MOST: usize = 256;

/// Ends a span whose trace may not be known yet.
///
/// Returns the violations that stop a test in strict mode.
#[cold]
pub(super) fn end(mut span: Arc<LocalSpan>, ended: Instant, end: record::End) -> Option<String> {
    let mut violations = Vec::new();
    let has_succeeded = matches!(end, record::End::Returned);
    let before = span.set(ENDED | EXPORTED);
    let is_sampled = span.sampling.is_sampled;
    let is_strict = span.settings.as_ref().is_some_and(|settings| settings.is_strict);
    let promoted = span.take_promoted();
    let own = own_reason(&span, has_succeeded, ended);
    let lost = if is_sampled { None } else { end_lost_by(&span) };
    if !is_sampled {
        // Whether it is exported is not known yet. The record takes the attributes that tell which id it has.
        claim::again(&span, span.realm());
    }
    let sampled_by = own.max(lost).max(wanted_by(before));
    let around = span.enclosing.clone().filter(|_| span.taskless_around().is_some());
    if let (Some(around), Some(by)) = (&around, sampled_by) {
        // It may end, and be placed, before this one is.
        around.set(wanted_bits(by));
    }
    let mut unplaced = Unplaced {
        around,
        is_caller_exported: is_caller_exported(&span),
        has_derived_parent: false,
        site: span.site,
        place: span.place(),
        task_uuid: span.task_uuid(),
        is_taskless: span.is_taskless,
        is_pinned: span.has(PINNED),
        is_sampled,
        sampled_by,
        has_claim: span.has_derived_id && !is_sampled,
        has_succeeded,
        record: complete_record(&mut span, ended, end),
    };
    if !is_sampled && unplaced.sampled_by.is_some() {
        add_stored(&span, unplaced.record.extra.get_or_insert_default());
    }
    if span.awaits != Awaits::Nothing {
        unplaced.record.mark_transition_unseen();
    }
    if span.is_filtered() || span.settings.is_none() {
        place_rest(&span);
    } else {
        match promoted.as_ref().and_then(|promoted| promoted.sdk.as_ref()) {
            // It stays where it was started.
            Some(started) if is_sampled => {
                stats::SPANS_STARTED.add_one();
                count(&unplaced.record.end);
                record::Recorder::finish(unplaced.record, started);
                place_rest(&span);
            }
            _ => violations = place_or_wait(&span, unplaced),
        }
    }
    if let Some(promoted) = promoted {
        promoted.close();
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
    violation::strict_of(is_strict, &violations)
}

/// Why the span is exported for its own end if it turns out to be unsampled.
fn own_reason(span: &LocalSpan, has_succeeded: bool, ended: Instant) -> Option<SampledBy> {
    if !has_succeeded && span.with_rates(Rates::keeps_errors) {
        return Some(SampledBy::Error);
    }
    let is_slow = sampling::samples_slow() && decide::slower_than_once_known(span).is_reached(span.started, ended);
    is_slow.then_some(SampledBy::Slow)
}

/// Whether the parent in the caller's trace is exported: only a span of ours may be unsampled.
fn is_caller_exported(span: &LocalSpan) -> bool {
    let caller = span.enclosing.as_deref();
    let caller = caller.filter(|enclosing| Some(enclosing.span_id()) == span.record.parent_id);
    caller.is_none_or(LocalSpan::is_exported)
}

fn take_held(span: &LocalSpan) -> Vec<Unplaced> {
    span.lock_held().as_deref_mut().map(std::mem::take).unwrap_or_default()
}

/// Places what waited for a span that is not placed itself.
fn place_rest(span: &LocalSpan) {
    let rest = take_held(span);
    place_all(span, wait(rest));
}

/// Returns the violations of spans that were placed.
fn place_or_wait(span: &LocalSpan, unplaced: Unplaced) -> Vec<String> {
    let around = unplaced.around.clone();
    let mut all = take_held(span);
    all.push(unplaced);
    if let Some(around) = around.as_deref()
        && let Placement::Open(outermost) = placement(around)
    {
        // What waited for this span goes along.
        match outermost.hold(all) {
            Ok(()) => return Vec::new(),
            Err(back) => all = back,
        }
        super::creation::pin(around);
    }
    place_all(span, wait(all))
}

/// Has those wait that are inside of a span which is still to learn its task. Returns the others.
fn wait(all: Vec<Unplaced>) -> Vec<Unplaced> {
    let mut decided = Vec::with_capacity(all.len());
    for unplaced in all {
        let around = unplaced.around.clone();
        match around.as_deref().map(|around| (around, placement(around))) {
            Some((around, Placement::Open(outermost))) => {
                if let Err(back) = outermost.hold(vec![unplaced]) {
                    super::creation::pin(around);
                    decided.extend(back);
                }
            }
            _ => decided.push(unplaced),
        }
    }
    decided
}

impl LocalSpan {
    /// Has finished spans wait for the end of this one. Gives them back if that has come, or if too many wait.
    fn hold(&self, mut spans: Vec<Unplaced>) -> Result<(), Vec<Unplaced>> {
        let Some(mut held) = self.lock_held() else {
            return Err(spans);
        };
        if self.has_ended() || held.len() + spans.len() > MOST {
            return Err(spans);
        }
        held.append(&mut spans);
        Ok(())
    }
}
