//! From an annotated function's arguments to a running span. Where a span's parent is found is in `position`.

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use opentelemetry::trace::TraceState;
use triomphe::{Arc, UniqueArc};
use uuid::Uuid;

use super::decide::decide;
use super::foreign::foreign;
use super::local::{ACTIVATES, FILTERED, LocalSpan};
use super::position::{self, Position};
use super::scoped::ScopedSpan;
use super::settings::Settings;
use super::stack::Surroundings;
use super::{
    claim, conflict, creation, hierarchy, inherit, measure, moment, previous, stack, started_at, unseen, violation,
};
use crate::catalogue::attributes::{Attributes, Collect};
use crate::catalogue::site::{Role, Site};
use crate::clock;
use crate::identity::cache;
use crate::notice;
use crate::propagation::link::Links;
use crate::propagation::trace_context::TraceContext;
use crate::record::FieldValue;
use crate::record::field::Show;
use crate::stats;

/// A span that is collecting its attributes; empty if no subscriber wants it.
pub struct Start(Option<UniqueArc<LocalSpan>>);

/// A span whose attributes are collected, and which has not started.
pub struct Deferred(Option<UniqueArc<LocalSpan>>);

impl fmt::Debug for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Start").field(&self.0.as_deref()).finish()
    }
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Deferred").field(&self.0.as_deref()).finish()
    }
}

impl Deferred {
    /// Starts the span.
    pub fn begin(self) -> ScopedSpan {
        self.0.map_or(ScopedSpan::disabled(), open)
    }
}

impl Collect for Start {
    #[inline]
    fn collected(&mut self) -> Option<&mut Attributes> {
        self.0.as_mut().map(|span| &mut span.record.attributes)
    }

    #[inline]
    fn started_at(&mut self, value: Option<SystemTime>) {
        if let Some(span) = &mut self.0 {
            span.started_at = span.started_at.or(value);
        }
    }
}

impl Start {
    #[inline]
    pub fn new(site: &'static Site) -> Self {
        if site.is_enabled() {
            Self(stack::take(site))
        } else {
            unseen::note_disabled(site);
            Self(None)
        }
    }

    /// Whether any subscriber wants the span; if none does, no argument is read.
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the span is sampled, as far as is known. Otherwise only what is cheap is read.
    pub fn is_sampled(&mut self) -> bool {
        self.0.as_mut().is_some_and(|span| {
            let span = prepare(span);
            span.sampling.is_sampled || span.is_taskless
        })
    }

    /// Whether the links need be read: the span is sampled or measured, or lacks what a message may tell.
    pub fn wants_links(&mut self) -> bool {
        let is_measured = |span: &LocalSpan| measure::has_queue_time(span.site);
        self.0.as_deref().is_some_and(is_measured) || self.wants_all_of_links()
    }

    fn wants_all_of_links(&mut self) -> bool {
        let Some(span) = &mut self.0 else { return false };
        resolve(span);
        inherit::lacks_of_message(span.site, &span.record.attributes) || self.is_sampled()
    }

    /// Adds links. What the messages tell of their tasks is inserted into the identity cache first: the sampling decision
    /// follows from the namespace.
    pub fn link(&mut self, add: impl FnOnce(&mut Links)) {
        let mut links = if self.wants_all_of_links() {
            Links::default()
        } else {
            Links::for_queue_time()
        };
        add(&mut links);
        let Some(span) = &mut self.0 else { return };
        span.enqueued_at = links.enqueued_at().unwrap_or(span.enqueued_at);
        if links.is_empty() {
            return;
        }
        resolve(span);
        insert_of_message(span, links.trace_contexts());
        let span = prepare(span);
        if span.sampling.is_sampled || span.is_taskless {
            position::add_links(span, links);
        }
    }

    /// Adds a field. An unsampled span stores it if it is cheap, because the span may be exported at its end.
    pub fn show(&mut self, field: impl Show) {
        let Some(span) = &mut self.0 else { return };
        let span = prepare(span);
        if span.sampling.is_sampled || span.is_taskless {
            let mut value = field.value();
            cut(span, &mut value);
            span.extra_mut().fields.push(value);
        } else if span.sampling.may_be_exported_at_end() {
            field.store(&mut span.stored);
        }
    }

    /// Leaves out a field of an unsampled span, which is not evaluated.
    pub fn skip(&mut self) {
        if let Some(span) = &mut self.0 {
            span.stored.skip();
        }
    }

    /// Keeps what was collected for a span that starts later: with a future that the function returns.
    pub fn defer(&mut self) -> Deferred {
        Deferred(self.0.take())
    }

    /// Starts the span.
    #[inline]
    pub fn begin(&mut self) -> ScopedSpan {
        self.0.take().map_or(ScopedSpan::disabled(), open)
    }
}

/// Cuts the text of the next field. `otel.name` is the span's name, not an attribute.
fn cut(span: &mut LocalSpan, value: &mut FieldValue) {
    if let Some(limit) = span.limits().text_limit()
        && value.is_longer_than(limit)
    {
        let own = span.site.attributes().len() + span.extra_mut().fields.len();
        let name = span.site.callsite().metadata.fields().iter().nth(own);
        if name.is_none_or(|name| name.name() != "otel.name") {
            value.cut(limit);
        }
    }
}

/// Completes the attributes and decides. Does it once.
fn prepare(span: &mut UniqueArc<LocalSpan>) -> &mut LocalSpan {
    if !span.is_prepared {
        resolve(span);
        span.is_prepared = true;
        span.sampling = decide(span, span.realm());
        span.is_taskless = creation::may_come(span);
    }
    span
}

/// Finds the enclosing span and completes the attributes. Does it once.
fn resolve(span: &mut UniqueArc<LocalSpan>) {
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
fn insert_of_message(span: &mut LocalSpan, senders: &[TraceContext]) {
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

/// How often work may be carried out of its span, one piece out of another, before a span lets go of those that enclose it:
/// work that spawns its own successor would keep more and more of them.
const MAX_CARRIED: u8 = 64;

#[inline(never)]
fn open(mut span: UniqueArc<LocalSpan>) -> ScopedSpan {
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
