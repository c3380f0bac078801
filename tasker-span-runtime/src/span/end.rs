//! How a span ends: its outcome, what it still lacks, and whether a record of it is exported.

use std::sync::atomic::Ordering;

use triomphe::Arc;

use super::ending::Ending;
use super::export::{count, export};
use super::local::{ENDED, EXPORTED, LocalSpan, WANTED};
use super::{claim, inherit, late, root, stack, violation};
use crate::catalogue::site::Role;
use crate::clock::{self, Instant};
use crate::identity::cache;
use crate::record::{self, Source, SpanRecord, Time};
use crate::stats;

/// How the work inside a span came to its end.
pub(crate) enum End<'a> {
    /// It returned, and this is what the value tells.
    Returned(&'a mut Ending),
    Panicked,
    /// Its future was dropped before it was ready.
    Cancelled,
}

/// Ends a span whose work left no value to look at.
pub(crate) fn end_unobserved(span: Arc<LocalSpan>) {
    if std::thread::panicking() && !span.is_unwinding {
        end(span, End::Panicked);
    } else {
        end(span, End::Returned(&mut Ending::new(None)));
    }
}

#[inline]
pub(crate) fn end(span: Arc<LocalSpan>, end: End<'_>) {
    if let End::Returned(ending) = &end
        && ending.is_plain_success()
        && ends_unseen(&span)
    {
        return recycle(span);
    }
    end_seen(span, end);
}

/// Ends an unsampled span that succeeded, if nothing depends on its end.
#[inline]
pub(super) fn end_unseen(key: stack::Key, ending: &Ending) -> bool {
    ending.is_plain_success()
        && stack::end_unseen(key, |span| {
            !span.sampling.is_sampled && Arc::is_unique(span) && ends_unseen(span)
        })
}

/// Whether nothing depends on the success of an unsampled span.
#[inline]
fn ends_unseen(span: &LocalSpan) -> bool {
    if span.sampling.is_sampled || span.state.load(Ordering::Acquire) != 0 {
        return false;
    }
    match span.site.role() {
        Role::Other => true,
        Role::Execution => !is_wanted(span),
        Role::Root | Role::Transition => false,
    }
}

/// Keeps the memory of an unsampled span, unless work that it spawned goes on inside it.
fn recycle(mut span: Arc<LocalSpan>) {
    if !Arc::is_unique(&span) {
        // The work may still fail, and have the span exported: this needs its end.
        let ended = clock::now();
        span.extend(|extra| extra.ended = Some(ended));
        if span.set(ENDED) & WANTED != 0 {
            export(&span, ended, record::End::Returned);
        }
    }
    if let Some(enclosing) = Arc::get_mut(&mut span).and_then(|span| span.enclosing.take()) {
        drop(enclosing);
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
}

#[inline(never)]
fn end_seen(span: Arc<LocalSpan>, end: End<'_>) {
    let ended = clock::now();
    let mut is_judged = true;
    let end = match end {
        End::Returned(ending) => {
            if let Some(attributes) = ending.attributes() {
                late::record(&span, attributes);
            }
            is_judged = !ending.is_unjudged;
            match ending.failure.take() {
                Some(failure) => record::End::Failed(Box::new(failure)),
                None => record::End::Returned,
            }
        }
        End::Panicked => record::End::Panicked,
        End::Cancelled => record::End::Cancelled,
    };
    let has_succeeded = matches!(end, record::End::Returned);
    if !is_judged {
        let name = span.site.name();
        let violation = format!("{name} could not be judged: the code that reads its returned value panicked");
        span.extend(|extra| extra.violations.push(violation));
    }
    let closes = has_succeeded && is_judged && span.site.role() == Role::Transition;
    if span.sampling.is_sampled {
        complete(&span, has_succeeded);
        let violations = violation::strict(&span);
        span.set(ENDED | EXPORTED);
        let closed = closes.then(|| root::due(&span)).flatten();
        finish(span, ended, end);
        if let Some(closed) = closed {
            closed.emit();
        }
        if let Some(violations) = violations {
            violation::stop(&violations);
        }
        return;
    }
    if closes && let Some(closed) = root::due(&span) {
        closed.emit();
    }
    let keeps = !has_succeeded && span.sampling.keep_errors || is_wanted(&span);
    if !Arc::is_unique(&span) {
        // Work that it spawned may still fail, and have it exported.
        span.extend(|extra| extra.ended = Some(ended));
    }
    let before = span.set(ENDED);
    if keeps || before & WANTED != 0 {
        export(&span, ended, end);
    } else if span.has_derived_id && span.site.role() != Role::Execution {
        claim::release(&span, span.realm());
    }
    if let Some(promoted) = span.take_promoted() {
        promoted.close();
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
}

/// Looks again for attributes that nobody supplied at the start, and notes the violations.
fn complete(span: &Arc<LocalSpan>, has_succeeded: bool) {
    let site = span.site;
    let is_complete = span.with_known(|known| site.required_bits() & !known.present() == 0);
    if !is_complete {
        let mut known = span.known();
        inherit::complete(site, &mut known, span.enclosing.as_deref(), span.realm());
        if has_succeeded {
            inherit::look_up_late(site, &mut known, span.realm());
        }
        let violations = violation::note_missing(span, &known, has_succeeded);
        span.extend(|extra| {
            extra.late.fill_from(&known);
            extra.violations.extend(violations);
        });
        for attribute in site.required().filter(|attribute| known.get(*attribute).is_some()) {
            if span.attributes.get(attribute).is_none()
                && span.mark_recorded(attribute)
                && let Some(value) = known.get(attribute)
            {
                // A span that another layer has started cannot be asked what it lacks.
                late::show(span, attribute, value);
            }
        }
    }
    let nil = span.with_extra(|extra| extra.map_or(0, |extra| extra.nil_uuids));
    stats::NIL_UUIDS.add(nil);
}

/// Queues the record of a sampled span, and keeps the span's memory.
fn finish(mut span: Arc<LocalSpan>, ended: Instant, end: record::End) {
    count(&end);
    let promoted = span.take_promoted();
    let is_filtered = span.is_filtered();
    let settings = span.settings.clone();
    let record = make(&mut span, ended, end);
    if let Some(settings) = settings.filter(|_| !is_filtered) {
        match promoted.as_ref().and_then(|promoted| promoted.sdk.as_ref()) {
            Some(context) => settings.recorder.finish(record, context),
            None => settings.recorder.record(record),
        }
    }
    if let Some(promoted) = promoted {
        promoted.close();
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
}

/// The record of a span that ended. Attributes move out of a span that nobody else has.
fn make(span: &mut Arc<LocalSpan>, ended: Instant, end: record::End) -> SpanRecord {
    let extra = span.lock().take();
    let mut attributes = match Arc::get_mut(span) {
        Some(span) => std::mem::take(&mut span.attributes),
        None => span.attributes.clone(),
    };
    if let Some(extra) = &extra {
        attributes.fill_from(&extra.late);
    }
    SpanRecord {
        source: Source::Site(span.site),
        attributes,
        trace_id: span.trace_id(),
        span_id: span.span_id(),
        parent_id: span.parent_id,
        parent_is_remote: span.parent_is_remote,
        started: Time::Clock(span.started),
        ended: Time::Clock(ended),
        end,
        is_sampled_by_error: false,
        decision: span.sampling.decision,
        extra,
    }
}

/// Whether spans that lost this unsampled one point to it.
fn is_wanted(span: &LocalSpan) -> bool {
    let own = &span.attributes;
    match span.site.role() {
        Role::Execution => own.step_uuid.is_some_and(|step_uuid| {
            cache::update_step(span.realm(), step_uuid, |step| {
                let is_wanted = step.end_unsampled(own.attempt_number);
                if span.has_derived_id
                    && !is_wanted
                    && let Some(attempt) = own.attempt_number.and_then(|attempt| u32::try_from(attempt).ok())
                {
                    // For the span of a later delivery. This one claims it again if it is exported.
                    step.attempts.release(attempt);
                }
                is_wanted
            })
        }),
        Role::Root => own
            .task_uuid
            .and_then(|task_uuid| cache::task(span.realm(), task_uuid))
            .is_some_and(|task| task.needs_root()),
        Role::Transition | Role::Other => false,
    }
}
