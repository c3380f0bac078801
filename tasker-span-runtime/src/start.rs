//! From an annotated function's arguments to the attributes of its span.

use std::time::SystemTime;

use crate::attributes::{Attributes, Collect};
use crate::clock::Instant;
use crate::dropped::DropDecision;
use crate::field::FieldValue;
use crate::link::Links;
use crate::scope::entered;
use crate::scoped_span::ScopedSpan;
use crate::site::Site;
use crate::verdict::Verdict;

/// A span that is collecting its attributes; empty where no subscriber wants it.
#[derive(Debug)]
pub struct Start(Option<Box<Collected>>);

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
    pub fn begin(self) -> ScopedSpan {
        self.0.map_or(ScopedSpan::disabled(), Collected::begin)
    }
}

/// What the arguments of a function supplied. Of a dropped span this is the scope, until somebody asks for more.
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
    /// What was decided, where the span is dropped.
    pub(crate) dropped: Option<DropDecision>,
    /// When the dropped span began.
    pub(crate) began: Option<Instant>,
    /// Whether the thread was unwinding then.
    pub(crate) unwinding: bool,
}

impl Collected {
    pub(crate) fn new(site: &'static Site) -> Self {
        Self {
            site,
            attributes: Attributes::default(),
            started_at: None,
            fields: Vec::new(),
            links: None,
            verdict: None,
            nil: 0,
            dropped: None,
            began: None,
            unwinding: false,
        }
    }

    /// Makes the place free for another span. What a dropped span has none of need not be cleared.
    #[inline]
    pub(crate) fn clear(&mut self) {
        self.attributes.clear();
        self.started_at = None;
        self.nil = 0;
        self.verdict = None;
        if !self.fields.is_empty() {
            self.fields.clear();
        }
        if self.links.is_some() {
            self.links = None;
        }
    }
}

impl Collect for Start {
    #[inline]
    fn collected(&mut self) -> Option<&mut Attributes> {
        self.0.as_mut().map(|collected| &mut collected.attributes)
    }

    #[inline]
    fn started_at(&mut self, value: Option<SystemTime>) {
        if let Some(collected) = &mut self.0 {
            collected.started_at = collected.started_at.or(value);
        }
    }
}

impl Start {
    #[inline]
    pub fn new(site: &'static Site) -> Self {
        if site.is_enabled() {
            Self(entered::place(site))
        } else {
            Self(None)
        }
    }

    /// Whether any subscriber wants the span; if none does, no argument is read.
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the span is sampled. Otherwise its links and fields need not be read.
    #[inline]
    pub fn is_sampled(&mut self) -> bool {
        self.0.as_mut().is_some_and(|collected| collected.is_kept())
    }

    /// Adds a link or field, which only a sampled span shows.
    pub fn show(&mut self, shown: impl Into<Shown>) {
        match (&mut self.0, shown.into()) {
            (Some(collected), Shown::Links(links)) if !links.is_empty() => collected.links = Some(Box::new(links)),
            (Some(collected), Shown::Field(value)) => collected.fields.push(value),
            _ => {}
        }
    }

    /// Keeps what was collected for a span that begins later: with a future that the function returns.
    pub fn defer(&mut self) -> Deferred {
        Deferred(self.0.take())
    }

    /// Starts a span that is handed to the user, who may enter it anywhere, and much later.
    pub fn open(&mut self) -> ScopedSpan {
        self.begin().anywhere()
    }

    /// Starts the span of a function, which is entered at once.
    #[inline]
    pub fn begin(&mut self) -> ScopedSpan {
        self.0.take().map_or(ScopedSpan::disabled(), Collected::begin)
    }
}
