//! What a function's returned value tells about its span.

use std::fmt;

use tracing::field::Value;

use crate::catalogue::attributes::{Attributes, Collect};
use crate::catalogue::callsite::Callsite;
use crate::catalogue::site::Site;
use crate::outcome::{Failure, bounded, caught};

/// Collects, from the value that a function returned, its outcome and the attributes that were late.
#[derive(Debug)]
pub struct Ending {
    site: Option<&'static Site>,
    pub(crate) failure: Option<Failure>,
    /// Few functions return any.
    attributes: Option<Box<Attributes>>,
    /// The program's own judgement of the value panicked, so that the outcome is not known.
    pub(crate) is_unjudged: bool,
}

impl Collect for Ending {
    fn collected(&mut self) -> Option<&mut Attributes> {
        Some(self.attributes.get_or_insert_default())
    }
}

impl Ending {
    #[inline]
    pub(crate) fn new(site: Option<&'static Site>) -> Self {
        Self {
            site,
            failure: None,
            attributes: None,
            is_unjudged: false,
        }
    }

    /// What was recorded late.
    pub(crate) fn attributes(&self) -> Option<&Attributes> {
        self.attributes.as_deref()
    }

    /// Whether the value tells of success, and of nothing else.
    #[inline]
    pub(crate) fn is_plain_success(&self) -> bool {
        self.failure.is_none() && self.attributes.is_none() && !self.is_unjudged
    }

    /// Lets `observe` read the returned value.
    #[inline]
    pub(crate) fn read<R>(&mut self, returned: &R, observe: impl FnOnce(&R, &mut Self)) {
        self.is_unjudged = caught(|| observe(returned, self)).is_none();
    }

    #[inline]
    pub fn outcome(&mut self, failure: Option<Failure>) {
        self.failure = failure;
    }

    /// `ret`: an event with the returned value's `Debug`.
    pub fn ret_debug<T: fmt::Debug + ?Sized>(&self, value: Option<&T>) {
        if let Some(value) = value {
            self.event(&format_args!("{value:?}"));
        }
    }

    /// `ret(Display)`.
    pub fn ret_display<T: fmt::Display + ?Sized>(&self, value: Option<&T>) {
        if let Some(value) = value {
            self.event(&format_args!("{value}"));
        }
    }

    fn event(&self, value: &dyn fmt::Display) {
        let Some(event) = self.site.and_then(Site::event).filter(Callsite::is_enabled) else {
            return;
        };
        let text = bounded(value);
        // Without quotes, as `#[instrument]` has it.
        let text = tracing::field::display(&text);
        let value: &dyn Value = &text;
        // What a layer makes of it says nothing about the value.
        caught(|| {
            tracing::Event::dispatch(event.metadata, &event.metadata.fields().value_set_all(&[Some(value)]));
        });
    }
}
