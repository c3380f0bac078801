//! An annotated function, as far as it is known at compile time. Its `tracing` call site is in
//! `callsite`.

#[cfg(feature = "_otlp")]
use std::borrow::Cow;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};

use crate::catalogue::callsite::Callsite;
use crate::catalogue::place::{self, Place};
use crate::catalogue::{self, Attribute, Family, SpanKind, SpanSpec};
use crate::lock;

/// Held while something of a site is kept. If a fork loses it, nothing more is kept.
static MAKING: Mutex<()> = Mutex::new(());

/// Spans of the catalogue with a behaviour of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `task.orchestration`: the root.
    Root,
    /// `task.state_transition`, which may end the task.
    Transition,
    /// `step.execution`, whose sampling decision holds for its descendants.
    Execution,
    /// `handler.execution`, which is measured.
    Handler,
    Other,
}

impl Role {
    const fn of(name: &str) -> Self {
        match name.as_bytes() {
            b"task.orchestration" => Self::Root,
            b"task.state_transition" => Self::Transition,
            b"step.execution" => Self::Execution,
            b"handler.execution" => Self::Handler,
            _ => Self::Other,
        }
    }
}

/// A bit for each of the attributes.
const fn bits(attributes: &[Attribute]) -> u16 {
    let (mut bits, mut index) = (0, 0);
    while index < attributes.len() {
        bits |= 1 << attributes[index] as u16;
        index += 1;
    }
    bits
}

/// A function or block in the program that opens spans.
#[derive(Debug)]
pub struct Site {
    span: Callsite,
    role: Role,
    /// The places that it may have; never empty.
    places: &'static [Place],
    family: Family,
    /// Absent for a custom span.
    spec: Option<&'static SpanSpec>,
    kind: SpanKind,
    late: &'static [Attribute],
    /// The required attributes, a bit each.
    required_bits: u16,
    /// The late attributes that are never inherited, a bit each.
    late_bits: u16,
    /// It may run before any task exists, and requires nothing.
    is_before_task: bool,
    /// Whether the trace filter of the installed subscriber passes the span: 0 is not known yet.
    passes_filter: AtomicU8,
    /// The enclosing call site that was found to be allowed last, whatever its states.
    allowed_in: AtomicPtr<Site>,
    /// The event of `ret`.
    event: Option<Callsite>,
    /// The path of an item inside the annotated function.
    inner_path: fn() -> &'static str,
    function: OnceLock<&'static str>,
    /// Where the code is, as an exporter has encoded it.
    #[cfg(feature = "_otlp")]
    encoded_code: OnceLock<Box<[u8]>>,
}

impl Site {
    #[doc(hidden)]
    pub const fn new(
        name: &'static str,
        span: Callsite,
        within: &'static [Place],
        family: Family,
        late: &'static [Attribute],
        event: Option<Callsite>,
        inner_path: fn() -> &'static str,
    ) -> Self {
        let spec = catalogue::span(name);
        Self {
            span,
            role: Role::of(name),
            places: place::places(name, within),
            family,
            spec,
            kind: match spec {
                Some(spec) => spec.kind,
                None => SpanKind::Internal,
            },
            late,
            required_bits: match spec {
                Some(spec) => bits(spec.required),
                None => bits(family.required()),
            },
            late_bits: bits(late),
            is_before_task: false,
            passes_filter: AtomicU8::new(0),
            allowed_in: AtomicPtr::new(ptr::null_mut()),
            event,
            inner_path,
            function: OnceLock::new(),
            #[cfg(feature = "_otlp")]
            encoded_code: OnceLock::new(),
        }
    }

    /// The kind of a custom span.
    #[doc(hidden)]
    #[must_use]
    pub const fn kind_of_own(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// One that may run before any task exists.
    #[doc(hidden)]
    #[must_use]
    pub const fn before_task(mut self, is_before_task: bool) -> Self {
        self.is_before_task = is_before_task;
        if is_before_task {
            self.required_bits = 0;
        }
        self
    }

    /// With late attributes that are inherited if they are known at the start.
    #[doc(hidden)]
    #[must_use]
    pub const fn late_unless_inherited(mut self, inherited: &[Attribute]) -> Self {
        self.late_bits &= !bits(inherited);
        self
    }

    /// Whether any subscriber wants a span of it now.
    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        self.span.is_enabled()
    }

    pub(crate) fn callsite(&self) -> Callsite {
        self.span
    }

    pub(crate) fn event(&self) -> Option<Callsite> {
        self.event
    }

    pub(crate) fn name(&self) -> &'static str {
        self.span.metadata.name()
    }

    /// Whether it is a span of the catalogue, and not a custom one.
    pub(crate) fn is_of_catalogue(&self) -> bool {
        self.spec.is_some()
    }

    /// Computed at compile time, so that no name is compared when a span opens or ends.
    #[inline]
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    #[inline]
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The places that the span may have.
    #[inline]
    pub(crate) fn places(&self) -> &'static [Place] {
        self.places
    }

    pub(crate) fn kind(&self) -> SpanKind {
        self.kind
    }

    /// The catalogue attributes that the span may carry, in the order of its tracing fields.
    pub(crate) fn attributes(&self) -> &'static [Attribute] {
        match self.spec {
            Some(spec) => spec.attributes,
            None => self.family.attributes(),
        }
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = Attribute> {
        let is_required = |attribute: &Attribute| self.required_bits & (1 << *attribute as u16) != 0;
        self.attributes().iter().copied().filter(is_required)
    }

    /// The required attributes, a bit each.
    #[inline]
    pub(crate) fn required_bits(&self) -> u16 {
        self.required_bits
    }

    pub(crate) fn is_before_task(&self) -> bool {
        self.is_before_task
    }

    /// The late attributes that are never inherited, a bit each.
    #[inline]
    pub(crate) fn late_bits(&self) -> u16 {
        self.late_bits
    }

    /// Whether the attribute is late even if it is known at the start.
    #[inline]
    pub(crate) fn is_only_late(&self, attribute: Attribute) -> bool {
        self.late_bits & bits(&[attribute]) != 0
    }

    /// Whether the catalogue is known to allow the span inside of spans of the other call site.
    #[inline]
    pub(crate) fn is_allowed_in(&self, enclosing: &'static Site) -> bool {
        ptr::eq(self.allowed_in.load(Ordering::Relaxed), enclosing)
    }

    pub(crate) fn note_allowed_in(&self, enclosing: &'static Site) {
        self.allowed_in
            .store(ptr::from_ref(enclosing).cast_mut(), Ordering::Relaxed);
    }

    /// What a filter says of the span, which says the same each time. A process has one such filter.
    #[inline]
    pub(crate) fn passes(&self, filter: impl FnOnce() -> bool) -> bool {
        match self.passes_filter.load(Ordering::Relaxed) {
            0 => {
                let passes = filter();
                self.passes_filter.store(if passes { 1 } else { 2 }, Ordering::Relaxed);
                passes
            }
            known => known == 1,
        }
    }

    pub(crate) fn late(&self) -> &'static [Attribute] {
        self.late
    }

    /// The attributes of the code, which are the same for each span, in the one encoding that a process uses.
    #[cfg(feature = "_otlp")]
    #[inline]
    pub(crate) fn encoded_code(&self, encode: impl FnOnce() -> Box<[u8]>) -> Cow<'_, [u8]> {
        if let Some(known) = self.encoded_code.get() {
            return Cow::Borrowed(known);
        }
        // It contains the function, which is made in the same way.
        let encoded = encode();
        match lock::get_or_make(&self.encoded_code, &MAKING, || encoded.clone()) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(encoded.into()),
        }
    }

    /// `crate::module::Type::function`, as `code.function.name` wants it.
    pub(crate) fn function(&self) -> &'static str {
        let make = || {
            let path = (self.inner_path)();
            // The item is in a static, and closures and async blocks add segments of their own.
            let path = path.rfind("::__SITE").map_or(path, |end| &path[..end]);
            path.trim_end_matches("::{{closure}}")
        };
        lock::get_or_make(&self.function, &MAKING, make).map_or_else(make, |function| *function)
    }
}
