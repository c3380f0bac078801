//! `docs/spans.md` has the catalogue of the code.

use std::fmt::Write;

use tasker_span_runtime::catalogue::{Attribute, CATALOGUE, Family, Parent, SpanKind, SpanSpec};
use tasker_span_tests::page::Page;

const PAGE: &str = "docs/spans.md";

#[test]
fn the_page_has_the_catalogue_of_the_code() {
    let page = Page::open(PAGE).fill(|name| match name {
        "catalogue" => catalogue(),
        "optional" => optional(),
        "custom" => custom(),
        other => panic!("nothing writes the part {other}"),
    });
    page.check();
}

#[test]
fn the_page_describes_every_attribute_once() {
    let page = Page::open(PAGE);
    for attribute in Attribute::ALL {
        let row = format!("\n| `{}` | ", attribute.name());
        assert_eq!(page.text().matches(&row).count(), 1, "`{}`", attribute.name());
    }
}

fn catalogue() -> String {
    let mut table =
        "| span | macro | stands under | required attributes | kind |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for span in &CATALOGUE {
        let _ = writeln!(
            table,
            "| `{}` | `{}` | {} | {} | {} |",
            span.name,
            macro_of(span.family),
            places(span.parents),
            list(span.required),
            kind(span.kind),
        );
    }
    table
}

fn optional() -> String {
    let families = [Family::Task, Family::Step];
    let mut table = "| macro | optional attributes |\n| --- | --- |\n".to_owned();
    for family in families {
        let _ = writeln!(
            table,
            "| `{}` | {} |",
            macro_of(family),
            list(of_family(family).optional)
        );
    }
    table
}

/// What the spans of a family have in common, which is what a custom span must carry.
fn custom() -> String {
    let mut table = "| macro | required of a custom span |\n| --- | --- |\n".to_owned();
    for family in [Family::Task, Family::Step] {
        let everywhere = |attribute: &Attribute| {
            let mut spans = CATALOGUE.iter().filter(|span| span.family == family);
            spans.all(|span| span.required.contains(attribute))
        };
        let common = Attribute::ALL.iter().copied().filter(everywhere).collect::<Vec<_>>();
        let _ = writeln!(table, "| `{}` | {} |", macro_of(family), list(&common));
    }
    table
}

/// Every span of a family has the same optional attributes.
fn of_family(family: Family) -> &'static SpanSpec {
    let mut spans = CATALOGUE.iter().filter(|span| span.family == family);
    let first = spans.next().unwrap();
    assert!(spans.all(|span| span.optional == first.optional));
    first
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

fn places(parents: &[Parent]) -> String {
    if parents.is_empty() {
        return "nothing: the root".to_owned();
    }
    let places = parents.iter().map(|parent| match parent {
        Parent::Span(name) => format!("`{name}`"),
        Parent::Transition { from, to } => format!("`task.state_transition`, `{from}` → `{to}`"),
        Parent::AnyTaskSpan => "any span of `task_span`".to_owned(),
        other => panic!("the page has no word for {other:?}"),
    });
    places.collect::<Vec<_>>().join("; or ")
}
