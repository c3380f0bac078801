//! The catalogue of spans and attributes, as data. `tasker-span-macros/src/catalogue` holds the
//! table, because a crate of macros exports no constants; `__catalogue!` writes it here in this
//! module's types.

#[allow(missing_docs, reason = "called by expansions only")]
pub(crate) mod attributes;
#[allow(missing_docs, reason = "called by expansions only")]
pub(crate) mod callsite;
pub(crate) mod copies;
#[allow(missing_docs, reason = "called by expansions only")]
pub(crate) mod place;
#[allow(missing_docs, reason = "called by expansions only")]
pub(crate) mod site;

/// Which macro writes a span: `#[task_span]` or `#[step_span]`.
///
/// ```
/// use tasker_span_runtime::catalogue::{Family, span};
///
/// // The subject decides, not the first word of the name.
/// assert_eq!(span("step.discovery").unwrap().family, Family::Task);
/// assert_eq!(span("step.execution").unwrap().family, Family::Step);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// A span of the orchestrator about a task.
    Task,
    /// A span about one step.
    Step,
}

/// The type of an attribute's value.
#[cfg(feature = "testing")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Uuid,
    Text,
    State,
    Integer,
}

/// The kind of a span, as in [OpenTelemetry's trace
/// API](https://opentelemetry.io/docs/specs/otel/trace/api/#spankind).
///
/// ```
/// use tasker_span_runtime::catalogue::{SpanKind, span};
///
/// assert_eq!(span("step.enqueuing").unwrap().kind, SpanKind::Producer);
/// assert_eq!(span("step.execution").unwrap().kind, SpanKind::Consumer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanKind {
    /// Work inside one process.
    Internal,
    /// Handles a request.
    Server,
    /// Sends a request.
    Client,
    /// Sends messages to a queue.
    Producer,
    /// Processes a message of a queue.
    Consumer,
}

/// An allowed parent of a span.
///
/// ```
/// use tasker_span_runtime::catalogue::{Parent, span};
///
/// let discovery = span("step.discovery").unwrap();
/// assert_eq!(discovery.parents[0], Parent::Transition { from: "initializing", to: "enqueuing_steps" });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Parent {
    /// The span of this name.
    Span(&'static str),
    /// A `task.state_transition` between two states.
    Transition {
        /// The state that the task leaves.
        from: &'static str,
        /// The state that the task enters.
        to: &'static str,
    },
    /// Any span of the task family: on the orchestrator.
    AnyTaskSpan,
}

/// A span of the catalogue.
///
/// ```
/// let root = tasker_span_runtime::catalogue::span("task.orchestration").unwrap();
/// assert!(root.parents.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanSpec {
    /// The exported name.
    pub name: &'static str,
    /// The macro that writes it.
    pub family: Family,
    /// OpenTelemetry's span kind.
    pub kind: SpanKind,
    /// The allowed parents; empty for the root.
    pub parents: &'static [Parent],
    /// The required attributes.
    pub required: &'static [Attribute],
    /// The attributes that it carries if their source has them.
    pub optional: &'static [Attribute],
    /// All of them, in the order of the span's fields.
    pub(crate) attributes: &'static [Attribute],
    /// Their names.
    pub(crate) attribute_names: &'static [&'static str],
}

tasker_span_macros::__catalogue! {}

/// The catalogue's span of this name.
///
/// ```
/// use tasker_span_runtime::catalogue::span;
///
/// assert!(span("step.execution").is_some());
/// assert!(span("step.exection").is_none());
/// ```
pub const fn span(name: &str) -> Option<&'static SpanSpec> {
    match index(name) {
        Some(index) => Some(&CATALOGUE[index]),
        None => None,
    }
}

/// Where the span of this name is in the catalogue.
pub(crate) const fn index(name: &str) -> Option<usize> {
    let mut index = 0;
    while index < CATALOGUE.len() {
        if is_same(CATALOGUE[index].name.as_bytes(), name.as_bytes()) {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// `==` is not for constants yet.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}
