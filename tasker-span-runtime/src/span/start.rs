//! `Start`: from an annotated function's arguments to a running span.

use std::fmt;
use std::time::SystemTime;

use triomphe::UniqueArc;

use super::local::LocalSpan;
use super::open::open;
use super::resolve::{insert_of_message, prepare, resolve};
use super::scoped::ScopedSpan;
use super::{inherit, measure, position, stack, unseen};
use crate::catalogue::attributes::{Attributes, Collect};
use crate::catalogue::site::Site;
use crate::propagation::link::Links;
use crate::record::FieldValue;
use crate::record::field::Show;

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
    /// Only the comparison of levels is part of each function, so that a program without a subscriber pays for nothing else.
    #[inline]
    pub fn new(site: &'static Site) -> Self {
        if site.callsite().is_within_levels() {
            Self::wanted(site)
        } else {
            unseen::note_disabled(site);
            Self(None)
        }
    }

    #[inline(never)]
    fn wanted(site: &'static Site) -> Self {
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
