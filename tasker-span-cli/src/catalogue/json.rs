//! The catalogue as JSON.

use serde::Serialize;
use tasker_span_runtime::catalogue::{Attribute, CATALOGUE, Family, Parent, SpanSpec};

use super::derived::{Derived, derived};
use super::others::{MESSAGING, OTHERS, plain};
use super::{exported_type, kind, macro_of};
use crate::output::Result;

#[derive(Serialize)]
struct Document {
    version: &'static str,
    spans: Vec<Span>,
    attributes: Vec<Of>,
    custom_spans: Vec<Custom>,
    other_attributes: Vec<Other>,
    derived_ids: [Derived; 6],
}

#[derive(Serialize)]
struct Span {
    name: &'static str,
    family: &'static str,
    kind: &'static str,
    /// Empty for the root.
    parents: Vec<Allowed>,
    required: Vec<&'static str>,
    optional: Vec<&'static str>,
}

/// One of these is there.
#[derive(Default, Serialize)]
struct Allowed {
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_state: Option<&'static str>,
    /// Any span of the family.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'static str>,
}

#[derive(Serialize)]
struct Of {
    name: &'static str,
    /// As it is exported.
    r#type: &'static str,
    /// `uuid`: lower case with hyphens. `state`: snake case.
    format: &'static str,
    description: &'static str,
}

#[derive(Serialize)]
struct Custom {
    family: &'static str,
    required: Vec<&'static str>,
    optional: Vec<&'static str>,
}

#[derive(Serialize)]
struct Other {
    name: &'static str,
    r#type: &'static str,
    on: String,
    description: String,
}

/// Indented, with a line feed at its end.
pub(super) fn document() -> Result<String> {
    let messaging = MESSAGING.iter().flat_map(|row| {
        row.names.iter().map(|name| Other {
            name,
            r#type: row.value,
            on: "spans that process or send messages".to_owned(),
            description: description(row.of_consumer, row.of_producer),
        })
    });
    let others = OTHERS.iter().map(|other| Other {
        name: other.name,
        r#type: other.value,
        on: plain(other.on),
        description: plain(other.meaning),
    });
    let document = Document {
        version: env!("CARGO_PKG_VERSION"),
        spans: CATALOGUE.iter().map(span).collect(),
        attributes: Attribute::ALL.iter().map(|attribute| of(*attribute)).collect(),
        custom_spans: [Family::Task, Family::Step].map(custom).into(),
        other_attributes: others.chain(messaging).collect(),
        derived_ids: derived(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// `process` of a consumer, `send` of a producer.
pub(super) fn description(of_consumer: &str, of_producer: &str) -> String {
    match of_producer {
        "" => format!("{of_consumer}, of a consumer"),
        "likewise" => of_consumer.to_owned(),
        of_producer => format!("{of_consumer} of a consumer, {of_producer} of a producer"),
    }
}

fn span(span: &SpanSpec) -> Span {
    Span {
        name: span.name,
        family: family(span.family),
        kind: kind(span.kind),
        parents: span.parents.iter().map(allowed).collect(),
        required: names(span.required),
        optional: names(span.optional),
    }
}

fn allowed(parent: &Parent) -> Allowed {
    match *parent {
        Parent::Span(name) => Allowed {
            span: Some(name),
            ..Allowed::default()
        },
        Parent::Transition { from, to } => Allowed {
            span: Some("task.state_transition"),
            from_state: Some(from),
            to_state: Some(to),
            ..Allowed::default()
        },
        _ => Allowed {
            family: Some("task"),
            ..Allowed::default()
        },
    }
}

fn of(attribute: Attribute) -> Of {
    Of {
        name: attribute.name(),
        r#type: exported_type(attribute),
        format: attribute.type_name(),
        description: attribute.description(),
    }
}

fn custom(of: Family) -> Custom {
    Custom {
        family: family(of),
        required: names(of.required()),
        optional: names(of.optional()),
    }
}

fn family(family: Family) -> &'static str {
    macro_of(family).trim_end_matches("_span")
}

fn names(attributes: &[Attribute]) -> Vec<&'static str> {
    attributes.iter().map(|attribute| attribute.name()).collect()
}
