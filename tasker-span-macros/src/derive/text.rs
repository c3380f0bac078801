//! What the derive says about mistakes.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::ast::{Place, Source, Way};
use super::supply::Supply;
use crate::suggest::did_you_mean;

/// What may stand where an unknown name stood.
pub(crate) struct Expected {
    /// Other names than those of attributes.
    keywords: &'static [&'static str],
    help: &'static str,
}

pub(crate) const ON_FIELD: Expected = Expected {
    keywords: &["nested", "skip"],
    help: "a field takes `skip`, `nested(…)` or the attributes that it supplies",
};
pub(crate) const IN_NESTED: Expected = Expected {
    keywords: &[],
    help: "`nested(…)` takes the attributes that the field's own type supplies",
};
pub(crate) const ON_STRUCT: Expected = Expected {
    keywords: &["crate"],
    help: "a struct takes `crate = …` or attributes that are computed from `self`",
};

pub(crate) fn unknown(name: &str, expected: &Expected) -> String {
    let names = Supply::all().map(Supply::name);
    let hint = did_you_mean(name, names.chain(expected.keywords.iter().copied()));
    format!(
        "`{name}` is no attribute of the catalogue{hint}\n{}: {}",
        expected.help,
        list(Supply::all())
    )
}

pub(crate) fn supplies_nothing(ident: &Ident) -> String {
    let by_name = Supply::all().filter(|supply| Supply::of_field(supply.name()).is_some());
    format!(
        "`{}` supplies no attribute: no field is called {}\nmark the field that holds one, `#[span(task_uuid)]`, \
         or the field whose own type supplies it, `#[span(nested(task_uuid))]`",
        ident.unraw(),
        list(by_name),
    )
}

fn list(supplies: impl Iterator<Item = Supply>) -> String {
    let mut names = supplies
        .map(|supply| format!("`{}`", supply.name()))
        .collect::<Vec<_>>();
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

pub(crate) fn belongs_on_field(key: &Ident) -> String {
    format!("`{key}` belongs on a field")
}

pub(crate) fn needs_value(key: &Ident) -> String {
    format!(
        "a struct computes `{key}`: `#[span({key} = self.…)]`\nwhere one field holds it, mark that field: `#[span({key})]`"
    )
}

pub(crate) fn takes_no_list(key: &Ident) -> String {
    format!("`{key}` takes nothing in parentheses")
}

pub(crate) fn takes_no_value(key: &Ident) -> String {
    format!(
        "a field supplies its own value: `#[span({key})]`\na computed one stands above the struct: `#[span({key} = self.…)]`"
    )
}

pub(crate) fn supplied_twice(earlier: &Source<'_>, later: &Source<'_>) -> String {
    let name = later.supply.name();
    match (&earlier.way, &later.way) {
        (Way::Computed(_), Way::Computed(_)) => format!("`{name}` is computed twice"),
        (one, other) if one.place().map(Place::name) == other.place().map(Place::name) => {
            format!("`{name}` is named twice on this field")
        }
        (Way::ByName(_), other) | (other, Way::ByName(_)) => format!(
            "`{name}` has two sources: this field, for its name, and {}\nwrite `#[span(skip)]` on this field, or drop the other",
            describe(other, name)
        ),
        (one, other) => format!(
            "`{name}` has two sources: {} and {}",
            describe(one, name),
            describe(other, name)
        ),
    }
}

fn describe(way: &Way<'_>, name: &str) -> String {
    match way {
        Way::ByName(place) | Way::Marked(place) => format!("the field `{}`", place.name()),
        Way::Nested(place) => format!("what is nested in the field `{}`", place.name()),
        Way::Computed(_) => format!("the struct's `#[span({name} = …)]`"),
    }
}

pub(crate) fn packed(source: &Source<'_>) -> String {
    let name = source.supply.name();
    format!(
        "a packed struct cannot lend its fields: compute `{name}` on the struct, `#[span({name} = …)]`, \
         or implement the trait by hand"
    )
}

pub(crate) const BARE: &str = "`#[span]` says nothing\nname what the field supplies, `#[span(namespace)]`, \
     or what its own type supplies, `#[span(nested(task_uuid))]`, or leave it out, `#[span(skip)]`";

pub(crate) const NESTED: &str =
    "`nested` names what the field's own type supplies: `nested(task_uuid, correlation_id)`";

pub(crate) const SKIP: &str = "`skip` stands alone: this field is told to supply something as well";

pub(crate) const SKIP_ARGUMENTS: &str = "`skip` takes no arguments";

pub(crate) const CRATE: &str = "`crate` takes a path: `crate = ::tasker_span_runtime`";

pub(crate) const STATE: &str = "states belong to one transition, not to a task or step: they are arguments of the function's \
     macro, `#[task_span(\"task.state_transition\", from = …, to = …)]`";

pub(crate) const ENUM: &str = "`SpanFields` cannot be derived for an enum: implement it by hand, with the subject of each variant\n\
     impl SpanFields for Message {\n    type Source = Task;\n    fn span_source(&self) -> Option<&Task> {\n        \
     match self { … }\n    }\n}";

pub(crate) const UNION: &str =
    "`SpanFields` cannot be derived for a union, whose fields are unsafe to read: implement the traits by hand";
