//! How a span ends: its outcome, what it still lacks, and whether a record of it is exported.

use std::sync::atomic::Ordering;

use triomphe::Arc;

use super::ending::Ending;
use super::export::{complete_record, count, end_lost_by, export, own_reason, wanted_by};
use super::local::{Awaits, ENDED, EXPORTED, LISTED, LocalSpan};
use super::{claim, inherit, late, measure, moment, root, stack, unplaced, violation};
use crate::catalogue::site::Role;
use crate::clock::{self, Instant};
use crate::durations::{self, Measurement};
use crate::record::{self, Recorder};

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
    let mut duration = None;
    if let End::Returned(ending) = &end
        && ending.is_plain_success()
        && ends_unseen(&span, &mut duration)
    {
        if let Some(duration) = duration {
            durations::record(duration);
        }
        return recycle(span);
    }
    end_seen(span, end);
}

/// Ends an unsampled span that succeeded, if nothing depends on its end.
#[inline]
pub(super) fn end_unseen(key: stack::Key, ending: &Ending) -> bool {
    let mut duration = None;
    let is_unseen = |span: &mut Arc<LocalSpan>| Arc::is_unique(span) && ends_unseen(span, &mut duration);
    let has_ended = ending.is_plain_success() && stack::end_unseen(key, is_unseen);
    if has_ended && let Some(duration) = duration {
        // A meter of the program's own may be called, which must find the stack free.
        durations::record(duration);
    }
    has_ended
}

/// Whether nothing depends on the success of an unsampled span. If so, tells the duration that is to be recorded.
#[inline]
fn ends_unseen(span: &LocalSpan, duration: &mut Option<Measurement>) -> bool {
    if span.sampling.is_sampled || span.is_unplaced || span.state.load(Ordering::Acquire) != 0 {
        return false;
    }
    let slower_than = span.sampling.slower_than;
    let has_duration = measure::has_duration(span);
    if has_duration || !slower_than.is_off() {
        let ended = clock::now();
        if slower_than.is_reached(span.started, ended) {
            return false;
        }
        if has_duration {
            *duration = measure::success(span, ended);
        }
    }
    match span.site.role() {
        Role::Handler | Role::Other => true,
        Role::Execution => end_lost_by(span).is_none(),
        Role::Root | Role::Transition => false,
    }
}

/// Keeps the memory of an unsampled span, unless work that it spawned goes on inside it.
fn recycle(mut span: Arc<LocalSpan>) {
    let wanted = if let Some(span) = Arc::get_mut(&mut span) {
        // The work has ended since, and may have failed.
        wanted_by(*span.state.get_mut()).map(|by| (clock::now(), by))
    } else {
        // The work may still fail, and have the span exported: this needs its end.
        let ended = clock::now();
        span.extend(|extra| extra.ended = Some((ended, record::End::Returned)));
        wanted_by(span.set(ENDED)).map(|by| (ended, by))
    };
    if let Some((ended, by)) = wanted {
        export(&span, ended, record::End::Returned, by);
    }
    if let Some(enclosing) = Arc::get_mut(&mut span).and_then(|span| span.enclosing.take()) {
        drop(enclosing);
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
}

#[inline(never)]
fn end_seen(mut span: Arc<LocalSpan>, end: End<'_>) {
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
    measure::end(&span, ended, &end, is_judged);
    if span.has(LISTED)
        && let Some(open_work) = span
            .settings
            .as_deref()
            .and_then(|settings| settings.open_work.as_ref())
    {
        open_work.note_end(&span, has_succeeded && is_judged);
    }
    let is_transition = has_succeeded && is_judged && span.site.role() == Role::Transition;
    if is_transition {
        moment::note(&span, ended);
    }
    if span.is_unplaced {
        let closed = is_transition.then(|| root::due(&span)).flatten();
        let violations = unplaced::end(span, ended, end);
        if let Some(closed) = closed {
            closed.emit();
        }
        if let Some(violations) = violations {
            violation::stop(&violations);
        }
        return;
    }
    if span.sampling.is_sampled {
        if !span.is_complete && span.may_be_exported() {
            complete(&span, has_succeeded);
        }
        let violations = violation::strict(&span);
        match Arc::get_mut(&mut span) {
            Some(span) => *span.state.get_mut() |= ENDED | EXPORTED,
            None => drop(span.set(ENDED | EXPORTED)),
        }
        let closed = is_transition.then(|| root::due(&span)).flatten();
        finish(span, ended, end);
        if let Some(closed) = closed {
            closed.emit();
        }
        if let Some(violations) = violations {
            violation::stop(&violations);
        }
        return;
    }
    if is_transition && let Some(closed) = root::due(&span) {
        closed.emit();
    }
    let own = own_reason(&span, !has_succeeded, ended).or_else(|| end_lost_by(&span));
    if !Arc::is_unique(&span) {
        // Work that it spawned may still fail or be slow, and have it exported.
        span.extend(|extra| extra.ended = Some((ended, end.clone())));
    }
    if let Some(by) = own.max(wanted_by(span.set(ENDED))) {
        export(&span, ended, end, by);
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

/// Looks again for attributes that were missing at the start, and notes the violations.
#[cold]
fn complete(span: &Arc<LocalSpan>, has_succeeded: bool) {
    let (site, mut known) = (span.site, span.known());
    if site.required_bits() & !known.present() == 0 {
        return;
    }
    inherit::complete(site, &mut known, span.enclosing.as_deref(), span.realm());
    if has_succeeded {
        inherit::look_up_late(site, &mut known, span.realm());
    }
    let violations = violation::note_missing(site, span.settings.as_deref(), &known, has_succeeded);
    span.extend(|extra| {
        extra.late.fill_from(&known);
        extra.violations.extend(violations);
    });
    for attribute in site.required() {
        if span.record.attributes.get(attribute).is_none()
            && let Some(value) = known.get(attribute)
            && span.mark_recorded(attribute)
        {
            // A span that another layer has started cannot be asked what it lacks.
            late::show(span, attribute, value);
        }
    }
}

/// Hands the record of a sampled span over, and keeps the span's memory.
fn finish(mut span: Arc<LocalSpan>, ended: Instant, end: record::End) {
    let promoted = span.take_promoted();
    if span.may_be_exported() {
        count(&end);
        let mut record = complete_record(&mut span, ended, end);
        let started = promoted.as_ref().and_then(|promoted| promoted.sdk.as_ref());
        match (started, span.settings.as_deref()) {
            (Some(started), _) => {
                // The SDK's span has its parent already.
                if span.awaits != Awaits::Nothing {
                    record.mark_transition_unseen();
                }
                Recorder::finish(record, started);
            }
            (None, Some(_)) if span.awaits != Awaits::Nothing => moment::end(&span, record),
            (None, Some(settings)) => settings.recorder.record(record),
            (None, None) => {}
        }
    }
    if let Some(promoted) = promoted {
        promoted.close();
    }
    if let Ok(span) = Arc::try_unique(span) {
        stack::recycle(span);
    }
}
