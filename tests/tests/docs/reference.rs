//! `docs/spans.md` has the catalogue of the code.

use std::fmt::Write;

use tasker_span_runtime::catalogue::{Attribute, CATALOGUE, Family, Parent, SpanKind};
use tasker_span_tests::page::Page;

const PAGE: &str = "docs/spans.md";

#[test]
fn the_page_has_the_catalogue_of_the_code() {
    let page = Page::open(PAGE).fill(|name| match name {
        "catalogue" => catalogue(),
        "optional" => optional(),
        "attributes" => attributes(),
        "custom" => custom(),
        other => panic!("nothing writes the part {other}"),
    });
    page.check();
}

fn catalogue() -> String {
    let mut table =
        "| span | macro | allowed parent | required attributes | kind |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for span in &CATALOGUE {
        let _ = writeln!(
            table,
            "| `{}` | `{}` | {} | {} | {} |",
            span.name,
            macro_of(span.family),
            allowed(span.parents),
            list(span.required),
            kind(span.kind),
        );
    }
    table
}

fn optional() -> String {
    let mut table = "| macro | optional attributes |\n| --- | --- |\n".to_owned();
    for family in [Family::Task, Family::Step] {
        let _ = writeln!(table, "| `{}` | {} |", macro_of(family), list(family.optional()));
    }
    table
}

fn attributes() -> String {
    let mut table = "| attribute | exported as | read from | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for attribute in Attribute::ALL {
        let (exported, source) = match attribute.type_name() {
            "uuid" => ("string", "`AsUuid`"),
            "text" => ("string", "`AsText`"),
            "state" => ("string", "text, `Display`, or an `Option` of either"),
            "integer" => ("integer", "`AsInteger`"),
            other => panic!("the page has no word for {other}"),
        };
        let _ = writeln!(
            table,
            "| `{}` | {exported} | {source} | {} |",
            attribute.name(),
            attribute.description(),
        );
    }
    table
}

fn custom() -> String {
    let mut table = "| macro | required of a custom span |\n| --- | --- |\n".to_owned();
    for family in [Family::Task, Family::Step] {
        let _ = writeln!(table, "| `{}` | {} |", macro_of(family), list(family.required()));
    }
    table
}

fn macro_of(family: Family) -> &'static str {
    match family {
        Family::Task => "task_span",
        Family::Step => "step_span",
        other => panic!("the page has no word for {other:?}"),
    }
}

fn kind(kind: SpanKind) -> String {
    format!("{kind:?}").to_lowercase()
}

fn list(attributes: &[Attribute]) -> String {
    let names = attributes.iter().map(|attribute| format!("`{}`", attribute.name()));
    names.collect::<Vec<_>>().join(", ")
}

fn allowed(parents: &[Parent]) -> String {
    if parents.is_empty() {
        return "nothing: the root".to_owned();
    }
    let names = parents.iter().map(|parent| match parent {
        Parent::Span(name) => format!("`{name}`"),
        Parent::Transition { from, to } => format!("`task.state_transition`, `{from}` → `{to}`"),
        Parent::AnyTaskSpan => "any span of `task_span`".to_owned(),
        other => panic!("the page has no word for {other:?}"),
    });
    names.collect::<Vec<_>>().join("; or ")
}
