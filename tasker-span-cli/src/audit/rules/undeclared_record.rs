//! `undeclared-record`: `record` on a field that the span does not have does nothing.

use tasker_span_runtime::catalogue::CATALOGUE;

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::identity;
use crate::audit::model::{Function, Kind, Site};

pub(super) const RULE: Rule = Rule {
    code: "undeclared-record",
    title: "a field is recorded that no span of the function declares",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let function = context.function;
    // A span from elsewhere has fields from elsewhere.
    let are_known = function.sites.iter().all(|site| site.arguments.are_known);
    if !context.is_first || !are_known || context.site.kind == Kind::Nothing {
        return;
    }
    for (name, line) in &function.body.records {
        if !function.sites.iter().any(|site| declares(site, function, name)) {
            found.push_at(
                *line,
                1,
                format!("`{name}` is recorded, and no span declares it, so that nothing happens: write `fields({name} = Empty)`"),
            );
        }
    }
}

fn declares(site: &Site, function: &Function, name: &str) -> bool {
    let is_field = site.arguments.fields.iter().any(|field| field.name == name);
    let is_parameter = || function.parameters.iter().any(|parameter| parameter.name == name);
    is_field
        || site.kind.is_ours() && is_attribute(name)
        || name == "self" && identity::records("self", site)
        || is_parameter() && identity::records(name, site)
}

/// Spans of our macros take their catalogue attributes at any time.
fn is_attribute(name: &str) -> bool {
    let mut attributes = CATALOGUE
        .iter()
        .flat_map(|span| span.required.iter().chain(span.optional));
    name == "started_at" || attributes.any(|attribute| attribute.name() == name)
}
