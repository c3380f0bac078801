//! From an annotated function's arguments to the attributes of its span.

use std::time::SystemTime;

use smol_str::SmolStr;
use uuid::Uuid;

use crate::attributes::{Attributes, for_each_attribute};
use crate::field::FieldValue;
use crate::link::Links;
use crate::scope;
use crate::scoped_span::ScopedSpan;
use crate::site::Site;
use crate::verdict::Verdict;

/// A span that is collecting its attributes; empty where no subscriber wants it.
#[derive(Debug)]
pub struct Start(Option<Collected>);

/// What only a kept span shows: `link = …`, `fields(…)`.
#[derive(Debug)]
pub enum Shown {
    Links(Links),
    Field(FieldValue),
}

impl From<Links> for Shown {
    fn from(links: Links) -> Self {
        Self::Links(links)
    }
}

impl From<FieldValue> for Shown {
    fn from(value: FieldValue) -> Self {
        Self::Field(value)
    }
}

/// A span whose attributes are collected, and which has not begun.
#[derive(Debug)]
pub struct Deferred(Option<Box<Collected>>);

impl Deferred {
    /// Starts the span.
    pub fn begin(mut self) -> ScopedSpan {
        self.0
            .as_mut()
            .map_or(ScopedSpan::disabled(), |collected| collected.begin())
    }
}

/// What the arguments of a function supplied.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) site: &'static Site,
    pub(crate) attributes: Attributes,
    pub(crate) started_at: Option<SystemTime>,
    pub(crate) fields: Vec<FieldValue>,
    /// Few spans have any, and every span pays for the place.
    pub(crate) links: Option<Box<Links>>,
    /// Whether the span is kept, once somebody has asked.
    pub(crate) verdict: Option<Verdict>,
    /// How many ids were the nil UUID.
    pub(crate) nil: u64,
}

impl Collected {
    fn new(site: &'static Site) -> Self {
        Self {
            site,
            attributes: Attributes::default(),
            started_at: None,
            fields: Vec::new(),
            links: None,
            verdict: None,
            nil: 0,
        }
    }
}

/// One setter for each attribute: the first source that has a value wins.
macro_rules! setters {
    ($($attribute:ident: $value:ty,)*) => {
        impl Start {
            $(
                pub fn $attribute(&mut self, value: Option<$value>) {
                    if let Some(collected) = &mut self.0 {
                        let slot = &mut collected.attributes.$attribute;
                        *slot = slot.take().or(value);
                    }
                }
            )*
        }
    };
}

for_each_attribute!(setters);

impl Start {
    #[inline]
    pub fn new(site: &'static Site) -> Self {
        if site.callsite().is_enabled() && !scope::is_thread_ending() {
            Self(Some(Collected::new(site)))
        } else {
            Self(None)
        }
    }

    /// Whether any subscriber wants the span; if none does, no argument is read.
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the span is kept: the arguments that no dropped span shows need not be read.
    #[inline]
    pub fn is_kept(&mut self) -> bool {
        self.0.as_mut().is_some_and(Collected::is_kept)
    }

    pub fn started_at(&mut self, value: Option<SystemTime>) {
        if let Some(collected) = &mut self.0 {
            collected.started_at = collected.started_at.or(value);
        }
    }

    /// Adds what a kept span shows beyond its attributes.
    pub fn show(&mut self, shown: impl Into<Shown>) {
        match (&mut self.0, shown.into()) {
            (Some(collected), Shown::Links(links)) if !links.is_empty() => collected.links = Some(Box::new(links)),
            (Some(collected), Shown::Field(value)) => collected.fields.push(value),
            _ => {}
        }
    }

    /// Keeps what was collected for a span that begins later: with a future that the function returns.
    pub fn defer(&mut self) -> Deferred {
        Deferred(self.0.take().map(Box::new))
    }

    /// Starts the span.
    #[inline]
    pub fn begin(&mut self) -> ScopedSpan {
        // By reference: where nobody wants the span, not even its empty place is moved.
        self.0.as_mut().map_or(ScopedSpan::disabled(), Collected::begin)
    }
}
