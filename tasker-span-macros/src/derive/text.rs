//! The derive's messages about mistakes in the code of a struct. Messages about types are the
//! runtime's.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use crate::catalogue::{STARTED_AT, supplies};

/// The keys that `#[span(…)]` takes besides attributes.
pub(crate) struct Expected {
    pub(crate) keywords: &'static [&'static str],
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

/// A suggestion is enough. Without a suggestion, the message lists the attributes.
pub(crate) fn unknown(name: &str, hint: &str, expected: &Expected) -> String {
    let message = format!("`{name}` is no attribute of the catalogue{hint}\n{}", expected.help);
    if hint.is_empty() {
        format!("{message}: {}", list(supplies().map(|attribute| attribute.name)))
    } else {
        message
    }
}

pub(crate) fn supplies_nothing(ident: &Ident) -> String {
    let by_name = supplies().filter(|attribute| *attribute != STARTED_AT);
    format!(
        "`{}` supplies no attribute: no field is called {}\nmark the field that holds an attribute, \
         `#[span(task_uuid)]`, or the field with a type that supplies it, `#[span(nested(task_uuid))]`",
        ident.unraw(),
        list(by_name.map(|attribute| attribute.name)),
    )
}

fn list(names: impl Iterator<Item = &'static str>) -> String {
    let mut names = names.map(|name| format!("`{name}`")).collect::<Vec<_>>();
    let last = names.pop().unwrap_or_default();
    format!("{} or {last}", names.join(", "))
}

pub(crate) fn belongs_on_field(key: &Ident) -> String {
    format!("`{key}` belongs on a field")
}

pub(crate) fn needs_value(key: &Ident) -> String {
    format!(
        "a struct computes `{key}`: `#[span({key} = self.…)]`\n\
         if a field holds it, mark that field: `#[span({key})]`"
    )
}

pub(crate) fn takes_no_list(key: &Ident) -> String {
    format!("`{key}` takes nothing in parentheses")
}

pub(crate) fn takes_no_value(key: &Ident) -> String {
    format!(
        "a field supplies its own value: `#[span({key})]`\n\
         a computed value belongs on the struct: `#[span({key} = self.…)]`"
    )
}

pub(crate) const BARE: &str = "`#[span]` says nothing\nname what the field supplies, `#[span(namespace)]`, \
     or what its own type supplies, `#[span(nested(task_uuid))]`, or leave it out, `#[span(skip)]`";

pub(crate) const NESTED: &str =
    "`nested` names what the field's own type supplies: `nested(task_uuid, correlation_id)`";

pub(crate) const SKIP: &str = "`skip` excludes all other keys, and this field is told to supply something";

pub(crate) const SKIP_ARGUMENTS: &str = "`skip` takes no arguments";

pub(crate) const CRATE: &str = "`crate` takes a path: `crate = ::tasker_span_runtime`";

pub(crate) const STATE: &str = "states belong to one transition, not to a task or step: they are arguments of the function's \
     macro, `#[task_span(\"task.state_transition\", from = …, to = …)]`";

pub(crate) const ENUM: &str = "`SpanFields` cannot be derived for an enum: implement it by hand, with the subject of each variant\n\
     impl SpanFields for Message {\n    type Source = Task;\n    fn span_source(&self) -> Option<&Task> {\n        \
     match self { … }\n    }\n}";

pub(crate) const UNION: &str =
    "`SpanFields` cannot be derived for a union, whose fields are unsafe to read: implement the traits by hand";
