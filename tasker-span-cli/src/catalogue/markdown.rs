//! The catalogue as Markdown: the tables of the page `docs/spans.md`.

use std::fmt::Write;

use tasker_span_runtime::catalogue::{Attribute, CATALOGUE, Family, Parent};

use super::derived::derived;
use super::others::{MESSAGING, OTHERS, plain};
use super::{exported_type, kind, macro_of};

/// The table of this name, as `docs/spans.md` has it. `None` if there is no such table.
pub fn table(name: &str) -> Option<String> {
    Some(match name {
        "catalogue" => catalogue(),
        "optional" => optional(),
        "attributes" => attributes(),
        "custom" => custom(),
        "others" => others(),
        "messaging" => messaging(),
        _ => return None,
    })
}

/// All tables, under titles. Links to other pages are left out.
pub(super) fn page() -> String {
    let parts = [
        ("Spans", catalogue()),
        ("Optional attributes", optional()),
        ("Catalogue attributes", attributes()),
        ("Required of custom spans", custom()),
        ("Other attributes", others()),
        ("Attributes of messages", messaging()),
        ("Derived ids", derived_ids()),
    ];
    let mut page = format!("# The spans of Tasker, {}\n", env!("CARGO_PKG_VERSION"));
    for (title, table) in parts {
        let _ = write!(page, "\n## {title}\n\n{}", plain(&table));
    }
    page
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
        let source = match attribute.type_name() {
            "uuid" => "`AsUuid`",
            "integer" => "`AsInteger`",
            "state" => "text, `Display`, or an `Option` of either",
            _ => "`AsText`",
        };
        let _ = writeln!(
            table,
            "| `{}` | {} | {source} | {} |",
            attribute.name(),
            exported_type(*attribute),
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

fn others() -> String {
    let mut table = "| attribute | exported as | on | meaning |\n| --- | --- | --- | --- |\n".to_owned();
    for other in OTHERS {
        let (name, value, on, meaning) = (other.name, other.value, other.on, other.meaning);
        let _ = writeln!(table, "| `{name}` | {value} | {on} | {meaning} |");
    }
    table
}

fn messaging() -> String {
    let mut table =
        "| attribute | exported as | of a consumer | of a producer |\n| --- | --- | --- | --- |\n".to_owned();
    for row in MESSAGING {
        let names: Vec<_> = row.names.iter().map(|name| format!("`{name}`")).collect();
        let cells = [&names.join(", "), row.value, row.of_consumer, row.of_producer];
        let cells = cells.map(|cell| {
            if cell.is_empty() {
                " |".to_owned()
            } else {
                format!(" {cell} |")
            }
        });
        let _ = writeln!(table, "|{}", cells.concat());
    }
    table
}

fn derived_ids() -> String {
    let mut table = "| id of | hash | seed | input | example |\n| --- | --- | --- | --- | --- |\n".to_owned();
    for id in derived() {
        let _ = writeln!(
            table,
            "| {} | {} | `{}`, `{}` | {} | {}: `{}` |",
            id.of, id.hash, id.seed, id.seed_text, id.input, id.example_of, id.example,
        );
    }
    table.push_str("\nThe UUID of the examples is `6f1c2a34-9b1d-4c7e-8f00-112233445566`. An id of 0 becomes 1.\n");
    table
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
        _ => "any span of `task_span`".to_owned(),
    });
    names.collect::<Vec<_>>().join("; or ")
}
