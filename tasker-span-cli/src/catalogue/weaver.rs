//! The catalogue as a registry of semantic conventions, in the [YAML of OpenTelemetry
//! Weaver](https://github.com/open-telemetry/weaver/blob/main/schemas/semconv-syntax.md).
//!
//! Its live check knows no parents and no derived ids: they are annotations.

use tasker_span_runtime::catalogue::{Attribute, CATALOGUE, Parent, SpanSpec};

use super::derived::derived;
use super::exported_type;
use super::json::description;
use super::kind;
use super::others::{MESSAGING, OTHERS, plain};
use super::yaml::Yaml;

pub(super) fn registry() -> String {
    let groups = [
        attribute_group(
            "registry.tasker",
            "The attributes of the catalogue's spans.",
            Attribute::ALL
                .iter()
                .map(|attribute| of_catalogue(*attribute))
                .collect(),
        ),
        attribute_group(
            "registry.tasker.others",
            "The attributes that the runtime adds.",
            OTHERS
                .iter()
                .map(|other| full(other.name, other.value, plain(other.meaning), Some(plain(other.on))))
                .collect(),
        ),
        attribute_group(
            "registry.tasker.messaging",
            "The attributes of spans that process or send messages.",
            messaging()
                .map(|(name, value, brief)| full(name, value, brief, None))
                .collect(),
        ),
    ];
    let groups = groups.into_iter().chain(CATALOGUE.iter().map(span)).collect();
    Yaml::Map(vec![("groups", Yaml::List(groups))]).document()
}

fn messaging() -> impl Iterator<Item = (&'static str, &'static str, String)> {
    MESSAGING.iter().flat_map(|row| {
        let names = row.names.iter();
        names.map(|name| (*name, row.value, description(row.of_consumer, row.of_producer)))
    })
}

fn attribute_group(id: &str, brief: &str, attributes: Vec<Yaml>) -> Yaml {
    Yaml::Map(vec![
        ("id", Yaml::text(id)),
        ("type", Yaml::text("attribute_group")),
        ("brief", Yaml::text(brief)),
        ("attributes", Yaml::List(attributes)),
    ])
}

fn of_catalogue(attribute: Attribute) -> Yaml {
    let form = match attribute.type_name() {
        "uuid" => Some("a UUID in lower case, with hyphens"),
        "state" => Some("in snake case"),
        _ => None,
    };
    let brief = attribute.description().to_owned();
    full(
        attribute.name(),
        exported_type(attribute),
        brief,
        form.map(str::to_owned),
    )
}

fn full(name: &str, value: &str, brief: String, note: Option<String>) -> Yaml {
    let example = match name {
        "from_state" => Some("steps_in_process"),
        "to_state" => Some("evaluating_results"),
        _ if name.ends_with("_uuid") || name.ends_with("_id") => Some("6f1c2a34-9b1d-4c7e-8f00-112233445566"),
        "namespace" => Some("payments"),
        "error.type" => Some("gateway_timeout"),
        "messaging.system" => Some("pgmq"),
        _ if value == "string" => Some("charge_payment"),
        _ => None,
    };
    let value = if value == "integer" { "int" } else { value };
    let mut pairs = vec![
        ("id", Yaml::text(name)),
        ("type", Yaml::text(value)),
        ("stability", Yaml::text("development")),
        ("brief", Yaml::Text(brief)),
    ];
    pairs.extend(note.map(|note| ("note", Yaml::Text(note))));
    pairs.extend(example.map(|example| ("examples", Yaml::List(vec![Yaml::text(example)]))));
    Yaml::Map(pairs)
}

fn span(span: &SpanSpec) -> Yaml {
    let required = span.required.iter().map(|attribute| {
        Yaml::Map(vec![
            ("ref", Yaml::text(attribute.name())),
            ("requirement_level", Yaml::text("required")),
        ])
    });
    let optional = span
        .optional
        .iter()
        .map(|attribute| conditional(attribute.name(), "if the process knows it"));
    let others = OTHERS.iter().map(|other| conditional(other.name, &plain(other.on)));
    let messaging = messaging().map(|(name, ..)| conditional(name, "if the span processes or sends messages"));
    let annotations = Yaml::Map(vec![("tasker", annotations(span))]);
    Yaml::Map(vec![
        ("id", Yaml::Text(format!("span.{}", span.name))),
        ("type", Yaml::text("span")),
        ("span_kind", Yaml::text(kind(span.kind))),
        ("stability", Yaml::text("development")),
        ("brief", Yaml::Text(format!("The span `{}`.", span.name))),
        ("annotations", annotations),
        (
            "attributes",
            Yaml::List(required.chain(optional).chain(others).chain(messaging).collect()),
        ),
    ])
}

fn conditional(name: &str, condition: &str) -> Yaml {
    let level = Yaml::Map(vec![("conditionally_required", Yaml::text(condition))]);
    Yaml::Map(vec![("ref", Yaml::text(name)), ("requirement_level", level)])
}

/// What the format has no words for.
fn annotations(span: &SpanSpec) -> Yaml {
    let parents = span.parents.iter().map(|parent| match *parent {
        Parent::Span(name) => Yaml::Map(vec![("span", Yaml::text(name))]),
        Parent::Transition { from, to } => Yaml::Map(vec![
            ("span", Yaml::text("task.state_transition")),
            ("from_state", Yaml::text(from)),
            ("to_state", Yaml::text(to)),
        ]),
        _ => Yaml::Map(vec![("family", Yaml::text("task"))]),
    });
    let is_of_span = |of: &str| of.split([' ', ',']).next() == Some(span.name);
    let ids = derived().into_iter().filter(|id| is_of_span(id.of));
    let ids = ids.map(|id| {
        Yaml::Map(vec![
            ("of", Yaml::text(id.of)),
            ("hash", Yaml::text(id.hash)),
            ("seed", Yaml::Text(id.seed)),
            ("input", Yaml::text(id.input)),
        ])
    });
    Yaml::Map(vec![
        ("parents", Yaml::List(parents.collect())),
        ("derived_span_ids", Yaml::List(ids.collect())),
    ])
}
