//! `payload-argument`, `payload-field`: what may hold customers' data or secrets is in the trace.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::identity;
use crate::audit::model::{Kind, Type};
use crate::audit::world::{World, is_type};

pub(super) const ARGUMENT: Rule = Rule {
    code: "payload-argument",
    title: "an argument that looks like a payload or a secret is recorded without being named",
    severity: Severity::Error,
    check: argument,
};

pub(super) const FIELD: Rule = Rule {
    code: "payload-field",
    title: "a field records what looks like a payload or a secret",
    severity: Severity::Error,
    check: field,
};

fn argument(context: &Context<'_>, found: &mut Found<'_>) {
    for parameter in &context.function.parameters {
        let Some(why) = reason(&parameter.name, Some(&parameter.ty), context.world) else {
            continue;
        };
        if identity::records(&parameter.name, context.site) {
            let name = &parameter.name;
            found.push(format!(
                "the argument `{name}: {}` is recorded, and {why}: write `skip({name})`, or `skip_all`",
                parameter.ty.text
            ));
        }
    }
}

fn field(context: &Context<'_>, found: &mut Found<'_>) {
    if matches!(context.site.kind, Kind::Nothing) {
        return;
    }
    for field in context.site.arguments.fields.iter().filter(|field| !field.is_empty) {
        let parameter = context
            .function
            .parameters
            .iter()
            .find(|parameter| Some(&parameter.name) == field.variable.as_ref());
        let ty = parameter.map(|parameter| &parameter.ty);
        // `payload.size` is about the payload; the whole of one is a variable, or formatted.
        let is_whole = field.variable.is_some() || field.sigil.is_some() && is_plain(field.value.as_deref());
        let name = field
            .variable
            .as_deref()
            .unwrap_or_else(|| last_name(field.value.as_deref().unwrap_or(&field.name)));
        if let Some(why) = reason(name, ty, context.world).filter(|_| is_whole) {
            found.push_at(
                field.line,
                field.column,
                format!(
                    "the field `{}` records `{}`, and {why}: record a part of it that is safe, such as its length",
                    field.name,
                    field.value.as_deref().unwrap_or(&field.name),
                ),
            );
        }
    }
}

/// `request`, `&self.request`: not a call.
fn is_plain(value: Option<&str>) -> bool {
    value.is_none_or(|value| !value.contains('('))
}

fn last_name(value: &str) -> &str {
    value
        .rsplit(|character: char| !(character.is_alphanumeric() || character == '_'))
        .next()
        .unwrap_or(value)
}

/// Why a name or type is a payload's.
pub(in crate::audit) fn reason(name: &str, ty: Option<&Type>, world: &World<'_>) -> Option<String> {
    let config = world.config;
    if let Some(ty) = ty {
        let mut paths = ty.paths.iter();
        if let Some(path) = paths.find(|path| config.payload_types.iter().any(|named| is_type(path, named))) {
            return Some(format!("`{path}` may hold customers' data"));
        }
    }
    // Numbers, flags, ids and times are no payload, whatever they are called.
    if ty.is_some_and(|ty| is_harmless(ty, world)) {
        return None;
    }
    if let Some(word) = config.payload_word(name) {
        return Some(format!("its name says `{word}`"));
    }
    let ty = ty?;
    config
        .payload_word(&ty.name)
        .map(|word| format!("its type's name says `{word}`"))
}

/// Numbers, flags, ids and times.
pub(in crate::audit) fn is_harmless(ty: &Type, world: &World<'_>) -> bool {
    let is_listed = world
        .config
        .harmless_types
        .iter()
        .any(|harmless| is_type(&ty.inner, harmless));
    is_listed || is_number(&ty.inner) || ty.inner == "bool"
}

fn is_number(name: &str) -> bool {
    let size = name.strip_prefix(['i', 'u', 'f']).unwrap_or_default();
    matches!(size, "8" | "16" | "32" | "64" | "128" | "size")
}

/// Texts, which are recorded as they are and not by `Debug`.
pub(in crate::audit) fn is_text(ty: &Type) -> bool {
    matches!(ty.inner.as_str(), "str" | "String")
}
