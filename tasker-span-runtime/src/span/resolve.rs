//! The enclosing span, the attributes and the sampling decision of a span that has not started.

use opentelemetry::trace::TraceState;
use triomphe::UniqueArc;
use uuid::Uuid;

use super::decide::decide;
use super::foreign::foreign;
use super::local::{ACTIVATES, LocalSpan};
use super::settings::Settings;
use super::stack::Surroundings;
use super::{creation, inherit, stack, started_at, violation};
use crate::identity::cache;
use crate::propagation::trace_context::TraceContext;

/// Completes the attributes and decides. Does it once.
pub(super) fn prepare(span: &mut UniqueArc<LocalSpan>) -> &mut LocalSpan {
    if !span.is_prepared {
        resolve(span);
        span.is_prepared = true;
        span.sampling = decide(span, span.realm());
        span.is_taskless = creation::may_come(span);
    }
    span
}

/// Finds the enclosing span and completes the attributes. Does it once.
pub(super) fn resolve(span: &mut UniqueArc<LocalSpan>) {
    if span.is_resolved {
        return;
    }
    span.is_resolved = true;
    let has_settings = Settings::with_current(|current, _| {
        if !span
            .settings
            .as_ref()
            .is_some_and(|own| std::sync::Arc::ptr_eq(own, current))
        {
            span.settings = Some(std::sync::Arc::clone(current));
        }
        if current.activates_context {
            *span.state.get_mut() |= ACTIVATES;
        }
    });
    if has_settings.is_none() {
        span.settings = None;
    }
    let nil = span.record.attributes.remove_empty();
    if nil > 0 {
        violation::note_nil(span, nil);
    }
    if span.record.attributes.has_false_number() {
        violation::note_numbers(span);
    }
    if let Some(started_at) = span.started_at {
        span.started_at = started_at::believed(started_at);
        if span.started_at.is_none() {
            violation::note_start(span, started_at);
        }
    }
    let Surroundings {
        enclosing,
        is_carried,
        is_alone,
    } = stack::surroundings();
    if let Some(enclosing) = &enclosing {
        // Work whose span has outlived the one around it was carried too.
        let is_carried = is_carried || enclosing.enclosing.as_ref().is_some_and(|outer| outer.has_ended());
        span.carried = enclosing.carried.saturating_add(u8::from(is_carried));
    }
    fetch_identity(span, enclosing.as_deref());
    span.enclosing = enclosing;
    // A subscriber without our layer puts no marks on the stack.
    span.is_alone = is_alone && has_settings.is_some();
    let realm = span.realm();
    let LocalSpan {
        site,
        record,
        enclosing,
        ..
    } = &mut **span;
    let attributes = &mut record.attributes;
    let is_complete = inherit::complete(site, attributes, enclosing.as_deref(), realm);
    let lacks_of_message = !is_complete && inherit::lacks_of_message(site, attributes);
    let (task, step) = (attributes.task_uuid, attributes.step_uuid);
    let enclosing = enclosing.as_deref();
    let is_same_task = enclosing.is_some_and(|enclosing| enclosing.task_uuid() == task);
    let is_same_step = enclosing.is_some_and(|enclosing| enclosing.step_uuid() == step);
    (span.is_complete, span.is_same_task, span.is_same_step) = (is_complete, is_same_task, is_same_step);
    if lacks_of_message && !span.is_alone {
        insert_of_caller(span);
    }
}

/// What the enclosing span is not about is probably in no cache of the processor.
#[inline]
fn fetch_identity(span: &LocalSpan, enclosing: Option<&LocalSpan>) {
    let own = &span.record.attributes;
    let of_enclosing = |id: fn(&LocalSpan) -> Option<Uuid>| enclosing.and_then(id);
    let task_uuid = own
        .task_uuid
        .filter(|id| of_enclosing(LocalSpan::task_uuid) != Some(*id));
    let step_uuid = own
        .step_uuid
        .filter(|id| of_enclosing(LocalSpan::step_uuid) != Some(*id));
    cache::fetch(span.realm(), task_uuid, step_uuid);
}

/// Takes from the context that a propagator made active what its sender told of the task.
#[cold]
fn insert_of_caller(span: &mut LocalSpan) {
    let caller = foreign().filter(|caller| *caller.trace_state() != TraceState::NONE);
    if let Some(caller) = caller {
        insert_of_message(span, &[TraceContext::of(&caller)]);
    }
}

/// Inserts what the senders of messages told of their tasks, and completes a span that lacks it.
pub(super) fn insert_of_message(span: &mut LocalSpan, senders: &[TraceContext]) {
    let realm = span.realm();
    let mut told = senders.iter().filter(|sender| sender.has_identity()).peekable();
    if told.peek().is_none() {
        return;
    }
    told.for_each(|sender| sender.insert_identity_into(realm));
    if !span.is_complete {
        span.is_complete = inherit::complete_from_message(span.site, &mut span.record.attributes, realm);
    }
}
