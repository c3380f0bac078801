//! What stays of `#[instrument]` beside the ids: its fields, its settings, and the arguments that are no leak.

use tasker_span_runtime::catalogue::{Attribute, CATALOGUE};

use super::name::Span;
use super::sources::{Sources, is_literal, plain_value, written};
use crate::audit::identity;
use crate::audit::model::{Field, Function, Kind, Site, Type};
use crate::audit::rules::{is_harmless, is_text, payload_reason};
use crate::audit::world::World;

/// What stays.
#[derive(Debug, Default)]
pub(super) struct Remaining {
    /// Attributes of the catalogue that the span need not have.
    pub(super) arguments: Vec<String>,
    /// Those of them that the body records.
    pub(super) late: Vec<String>,
    /// Fields.
    pub(super) fields: Vec<String>,
}

/// The fields, and the arguments that were recorded without a name.
pub(super) fn remaining(
    span: &Span,
    sources: &Sources,
    function: &Function,
    site: &Site,
    world: &World<'_>,
    notes: &mut Vec<String>,
) -> Remaining {
    let mut remaining = Remaining::default();
    for field in &site.arguments.fields {
        if span.required.contains(&field.name.as_str()) {
            continue;
        }
        match attribute(&field.name) {
            Some(attribute) => optional(span, sources, attribute, field, &mut remaining, notes),
            None => match reserved(&field.name) {
                Some(reason) => {
                    if !(field.name == "otel.kind" && span.kind.is_some()) {
                        notes.push(format!("the field `{}` is left out: {reason}", field.name));
                    }
                }
                None => remaining.fields.push(shown(field)),
            },
        }
    }
    for parameter in function.parameters.iter().filter(|parameter| parameter.is_plain) {
        let name = &parameter.name;
        let is_recorded = identity::records(name, site) && !sources.used.contains(name) && attribute(name).is_none();
        if is_recorded && payload_reason(name, Some(&parameter.ty), world).is_none() {
            match plainness(&parameter.ty, world) {
                Plainness::Value => remaining.fields.push(written(name)),
                Plainness::Debug => remaining.fields.push(format!("{name} = ?{}", written(name))),
                Plainness::Leak => {}
            }
        }
    }
    remaining
}

/// `level`, `target`, `err(Debug)` and `ret`; the others follow from the task.
pub(super) fn settings(site: &Site, notes: &mut Vec<String>) -> Vec<String> {
    let mut settings = Vec::new();
    if let Kind::Macro(name) = &site.kind
        && let Some(level) = name.strip_suffix("_span!").filter(|level| *level != "info")
    {
        settings.push(format!("level = \"{level}\""));
    }
    for (key, value) in &site.arguments.values {
        match key.as_str() {
            "level" => settings.push(format!("level = {}", level(value))),
            "target" if value.starts_with('"') => settings.push(format!("target = {value}")),
            "target" => notes.push(format!("`target = {value}` is left out: write its text")),
            "parent" => notes.push("`parent` is left out: the task and the catalogue decide".to_owned()),
            "follows_from" => notes.push(format!(
                "`follows_from = {value}` is left out: write `link = …` with the message"
            )),
            _ => {}
        }
    }
    if site.arguments.err.as_deref() == Some("Debug") {
        settings.push("err(Debug)".to_owned());
    }
    match site.arguments.ret.as_deref() {
        Some(format @ ("Debug" | "Display")) => settings.push(format!("ret({format})")),
        Some(_) => settings.push("ret".to_owned()),
        None => {}
    }
    settings
}

/// `tracing` takes numbers too.
fn level(value: &str) -> &str {
    match value {
        "1" => "\"trace\"",
        "2" => "\"debug\"",
        "3" => "\"info\"",
        "4" => "\"warn\"",
        "5" => "\"error\"",
        other => other,
    }
}

fn attribute(name: &str) -> Option<Attribute> {
    Attribute::ALL
        .iter()
        .copied()
        .find(|attribute| attribute.name() == name)
}

fn optional(
    span: &Span,
    sources: &Sources,
    attribute: Attribute,
    field: &Field,
    remaining: &mut Remaining,
    notes: &mut Vec<String>,
) {
    let name = attribute.name();
    let mut of_family = CATALOGUE.iter().filter(|spec| spec.family == span.family);
    let is_carried = of_family.any(|spec| spec.optional.contains(&attribute));
    let required_elsewhere = matches!(name, "from_state" | "to_state" | "handler_name");
    if !is_carried || required_elsewhere {
        notes.push(format!("the field `{name}` is left out: this span does not carry it"));
    } else if field.is_empty {
        // An attribute that is not named is recorded at any time.
        remaining.late.push(name.to_owned());
    } else if !sources.supplies(name) {
        let value = plain_value(field.value.as_deref().unwrap_or(&field.name));
        if !is_literal(value) {
            notes.push(format!("check the type of `{value}`, which is the value of `{name}`"));
        }
        remaining.arguments.push(format!("{name} = {value}"));
    }
}

/// Why the macros refuse a field of this name.
fn reserved(name: &str) -> Option<&'static str> {
    match name {
        "otel.name" => Some("the first argument names the span"),
        "otel.kind" => Some("the catalogue says the kind"),
        "otel.status_code" | "otel.status_message" | "otel.status_description" | "error.type" => {
            Some("it follows from the returned value")
        }
        "code.function.name" | "code.file.path" | "code.line.number" => Some("the macro sets it"),
        _ if name.starts_with("tasker.") => Some("the macro sets such names"),
        _ if name.contains(|character: char| character.is_whitespace()) || name.is_empty() => {
            Some("its name is no text")
        }
        _ => None,
    }
}

fn shown(field: &Field) -> String {
    let sigil = field.sigil.map(String::from).unwrap_or_default();
    let is_plain = field
        .name
        .split('.')
        .all(|part| syn::parse_str::<syn::Ident>(part).is_ok());
    match &field.value {
        None if is_plain => format!("{sigil}{}", field.name),
        None => format!("\"{}\" = {sigil}{}", field.name, written(&field.name)),
        Some(value) if is_plain => format!("{} = {sigil}{value}", field.name),
        Some(value) => format!("\"{}\" = {sigil}{value}", field.name),
    }
}

enum Plainness {
    /// The macros take it as it is.
    Value,
    /// It says nothing secret by its `Debug`.
    Debug,
    /// It was recorded without a name.
    Leak,
}

fn plainness(ty: &Type, world: &World<'_>) -> Plainness {
    let is_bare = !["Arc<", "Box<", "Cow<", "Pin<", "Rc<"]
        .iter()
        .any(|container| ty.text.contains(container));
    let is_value =
        is_text(ty) || ty.name == "Uuid" || ty.name == "bool" || is_harmless(ty, world) && ty.name.len() <= 5;
    match () {
        () if is_value && is_bare && ty.name != "char" && ty.name != "Level" => Plainness::Value,
        () if is_harmless(ty, world) => Plainness::Debug,
        () => Plainness::Leak,
    }
}
