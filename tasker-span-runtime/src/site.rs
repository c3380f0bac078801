//! What is known of an annotated function at compile time.

use std::sync::OnceLock;

use tracing::Metadata;
use tracing::callsite::DefaultCallsite;
use tracing::metadata::LevelFilter;
use tracing::subscriber::Interest;

use crate::catalogue::{self, Attribute, Family, Parent, SpanKind, SpanSpec};
use crate::outcome::caught;

/// What is particular about a span of the catalogue, where something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// `task.orchestration`: the root.
    Root,
    /// `task.state_transition`, which may end the task.
    Transition,
    /// `step.execution`, which decides for all that is inside.
    Execution,
    Other,
}

impl Role {
    const fn of(name: &str) -> Self {
        match name.as_bytes() {
            b"task.orchestration" => Self::Root,
            b"task.state_transition" => Self::Transition,
            b"step.execution" => Self::Execution,
            _ => Self::Other,
        }
    }
}

/// One place in the program where spans begin.
#[derive(Debug)]
pub struct Site {
    span: Callsite,
    role: Role,
    /// The catalogue's span that a custom span stands under.
    within: Option<&'static str>,
    family: Family,
    attributes: &'static [Attribute],
    late: &'static [Attribute],
    /// The event of `ret`.
    event: Option<Callsite>,
    /// The path of an item inside the annotated function.
    inner_path: fn() -> &'static str,
    spec: OnceLock<Option<&'static SpanSpec>>,
    function: OnceLock<&'static str>,
}

/// A tracing callsite with its metadata, which the callsite does not give back at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Callsite {
    /// The metadata's, which does not give it back at compile time either.
    pub name: &'static str,
    pub callsite: &'static DefaultCallsite,
    pub metadata: &'static Metadata<'static>,
}

impl Callsite {
    /// Whether any subscriber wants it now: what `tracing::span!` and `event!` ask.
    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        let level = *self.metadata.level();
        level <= tracing::level_filters::STATIC_MAX_LEVEL
            && level <= LevelFilter::current()
            && self.is_interesting(&self.interest())
    }

    /// What the layers answered when they were first asked, which may be now.
    #[inline]
    fn interest(&self) -> Interest {
        caught(|| self.callsite.interest()).unwrap_or_else(Interest::never)
    }

    fn is_interesting(&self, interest: &Interest) -> bool {
        interest.is_always() || !interest.is_never() && self.is_asked_for()
    }

    /// What the layers answer now. Where one panics, there is no span for the others either.
    fn is_asked_for(&self) -> bool {
        let enabled = || tracing::dispatcher::get_default(|subscriber| subscriber.enabled(self.metadata));
        caught(enabled).unwrap_or(false)
    }
}

impl Site {
    #[doc(hidden)]
    pub const fn new(
        span: Callsite,
        within: Option<&'static str>,
        family: Family,
        attributes: &'static [Attribute],
        late: &'static [Attribute],
        event: Option<Callsite>,
        inner_path: fn() -> &'static str,
    ) -> Self {
        Self {
            span,
            role: Role::of(span.name),
            within,
            family,
            attributes,
            late,
            event,
            inner_path,
            spec: OnceLock::new(),
            function: OnceLock::new(),
        }
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
        self.span.name
    }

    /// Told once, at compile time: names are compared nowhere where spans begin and end.
    #[inline]
    pub(crate) fn role(&self) -> Role {
        self.role
    }

    #[inline]
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The catalogue's span whose place this one has: itself, or the one that a custom span stands within.
    pub(crate) fn place(&self) -> &'static str {
        self.within.unwrap_or(self.name())
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.within.is_some()
    }

    fn spec(&self) -> Option<&'static SpanSpec> {
        *self.spec.get_or_init(|| catalogue::span(self.name()))
    }

    pub(crate) fn kind(&self) -> SpanKind {
        self.spec().map_or(SpanKind::Internal, |spec| spec.kind)
    }

    /// Where the catalogue allows the span; a custom span stands directly within the one that it names.
    pub(crate) fn parents(&self) -> &'static [Parent] {
        self.spec().map_or(&[], |spec| spec.parents)
    }

    pub(crate) fn within(&self) -> Option<&'static str> {
        self.within
    }

    /// The catalogue attributes that the span may carry, in the order of its tracing fields.
    pub(crate) fn attributes(&self) -> &'static [Attribute] {
        self.attributes
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = Attribute> {
        let optional = self.optional();
        self.attributes
            .iter()
            .copied()
            .filter(move |attribute| !optional.contains(attribute))
    }

    fn optional(&self) -> &'static [Attribute] {
        match self.family {
            Family::Task => &[Attribute::ParentCorrelationId, Attribute::TaskName, Attribute::Priority],
            Family::Step => &[Attribute::AttemptNumber, Attribute::MaxAttempts],
        }
    }

    pub(crate) fn late(&self) -> &'static [Attribute] {
        self.late
    }

    /// `crate::module::Type::function`, as `code.function.name` wants it.
    pub(crate) fn function(&self) -> &'static str {
        self.function.get_or_init(|| {
            let path = (self.inner_path)();
            // The item stands in a static, and closures and async blocks add segments of their own.
            let path = path.rfind("::__SITE").map_or(path, |end| &path[..end]);
            path.trim_end_matches("::{{closure}}")
        })
    }
}
