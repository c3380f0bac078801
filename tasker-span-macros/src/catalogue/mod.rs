//! The catalogue of spans and attributes: the one table that macros, runtime, tests and pages are
//! derived from. What users write is checked against it in `plan`.

mod attributes;
mod emit;
mod requirements;
mod rows;
mod spans;

use proc_macro2::Ident;
use quote::format_ident;

pub(crate) use attributes::{
    ATTEMPT_NUMBER, ATTRIBUTES, CORRELATION_ID, FROM_STATE, HANDLER_NAME, NAMESPACE, STARTED_AT, STEP_NAME, STEP_UUID,
    TASK_UUID, TO_STATE,
};
pub(crate) use emit::emit;
pub(crate) use spans::SPANS;

/// The macro that writes a span decides which attributes the span may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Task,
    Step,
}

/// What an attribute's value is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Uuid,
    Text,
    State,
    Integer,
    Timestamp,
}

/// An attribute of the catalogue.
#[derive(Debug)]
pub(crate) struct Attribute {
    /// The name in the exported span, in macro arguments and as a field name.
    pub(crate) name: &'static str,
    pub(crate) value: ValueType,
    /// The spans of this family carry the attribute if a source has it. All others must carry it.
    pub(crate) optional: Option<Family>,
    pub(crate) meaning: &'static str,
}

/// An allowed parent.
#[derive(Debug)]
pub(crate) enum Parent {
    /// The span of this name.
    Span(&'static str),
    /// A `task.state_transition` between these two states.
    Transition(&'static str, &'static str),
    /// Any span of the task family, on the orchestrator.
    AnyTaskSpan,
}

/// A span of the catalogue.
#[derive(Debug)]
pub(crate) struct SpanSpec {
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    /// The variant of OpenTelemetry's `SpanKind`.
    pub(crate) kind: &'static str,
    /// Empty for the root.
    pub(crate) parents: &'static [Parent],
    pub(crate) required: &'static [&'static Attribute],
}

pub(crate) fn span(name: &str) -> Option<&'static SpanSpec> {
    SPANS.iter().find(|span| span.name == name)
}

pub(crate) fn attribute(name: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().copied().find(|attribute| attribute.name == name)
}

/// The attribute whose key users write: a state has a shorter key than its exported name.
pub(crate) fn keyed(key: &str) -> Option<&'static Attribute> {
    ATTRIBUTES.iter().copied().find(|attribute| attribute.key() == key)
}

/// The message about a state that is written by its exported name.
pub(crate) fn exported_name(name: &str) -> Option<String> {
    let state = attribute(name).filter(|attribute| attribute.is_state())?;
    Some(format!(
        "`{name}` is the exported name: it is written `{}`",
        state.key()
    ))
}

/// What a subject may supply: every attribute but states, and the task's start.
pub(crate) fn supplies() -> impl Iterator<Item = &'static Attribute> {
    let of_subjects = ATTRIBUTES.iter().copied().filter(|attribute| !attribute.is_state());
    of_subjects.chain([STARTED_AT])
}

/// `correlation_id`, `task_uuid` and `namespace`
pub(crate) fn listed(attributes: &[&Attribute]) -> String {
    let mut names = attributes
        .iter()
        .map(|attribute| format!("`{}`", attribute.name))
        .collect::<Vec<_>>();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        only => only.unwrap_or_default(),
    }
}

impl Family {
    pub(crate) const ALL: [Self; 2] = [Self::Task, Self::Step];

    /// The variant, in the runtime as well as here.
    pub(crate) fn variant(self) -> Ident {
        format_ident!(
            "{}",
            match self {
                Self::Task => "Task",
                Self::Step => "Step",
            }
        )
    }

    /// The subject's name as a parameter and as an argument.
    pub(crate) fn subject(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Step => "step",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Task => Self::Step,
            Self::Step => Self::Task,
        }
    }

    /// What every span of the family must carry, custom spans included.
    pub(crate) fn required(self) -> &'static [&'static Attribute] {
        match self {
            Self::Task => &[CORRELATION_ID, TASK_UUID, NAMESPACE],
            Self::Step => &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE],
        }
    }

    /// What the family's spans carry if a source has it.
    pub(crate) fn optional(self) -> impl Iterator<Item = &'static Attribute> {
        ATTRIBUTES
            .iter()
            .copied()
            .filter(move |attribute| attribute.optional == Some(self))
    }

    /// Whether some span of the family carries the attribute.
    pub(crate) fn carries(self, attribute: &Attribute) -> bool {
        let mut spans = SPANS.iter().filter(|span| span.family == self);
        attribute.optional == Some(self) || spans.any(|span| span.required.contains(&attribute))
    }
}

impl Attribute {
    pub(crate) fn is_state(&self) -> bool {
        self.value == ValueType::State
    }

    /// The key that users write: states have short ones.
    pub(crate) fn key(&self) -> &'static str {
        match self.name {
            "from_state" => "from",
            "to_state" => "to",
            name => name,
        }
    }

    /// The variant of the runtime's `Attribute`: `TaskUuid`.
    pub(crate) fn variant(&self) -> Ident {
        format_ident!("{}", camel_case(self.name))
    }

    /// The trait of types that supply it: `HasTaskUuid`.
    pub(crate) fn has(&self) -> Ident {
        format_ident!("Has{}", camel_case(self.name))
    }

    /// The runtime's method that asks a subject which may lack it: `__task_uuid`.
    pub(crate) fn if_present(&self) -> Ident {
        format_ident!("__{}", self.name)
    }
}

// Rows are constants, and a constant has as many addresses as uses.
impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Attribute {}

impl ValueType {
    /// The variant, and the noun in names of the runtime's traits: `Uuid` in `AsUuid`.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Uuid => "Uuid",
            Self::Text => "Text",
            Self::State => "State",
            Self::Integer => "Integer",
            Self::Timestamp => "Timestamp",
        }
    }

    /// The runtime's conversion of a value of this type: `uuid`.
    pub(crate) fn conversion(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Text => "text",
            Self::State => "state",
            Self::Integer => "integer",
            Self::Timestamp => "timestamp",
        }
    }
}

impl SpanSpec {
    /// The runtime's module with the bounds on this span's subjects: `step_execution`.
    pub(crate) fn module(&self) -> Ident {
        format_ident!("{}", self.name.replace('.', "_"))
    }

    pub(crate) fn requires(&self, attribute: &Attribute) -> bool {
        self.required.contains(&attribute)
    }
}

fn camel_case(name: &str) -> String {
    let word = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
    name.split('_').map(word).collect()
}
