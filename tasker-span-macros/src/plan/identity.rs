//! Which span the function gets: one of the catalogue, or one of the user's own within it.

use syn::LitStr;

use crate::args::Args;
use crate::catalogue::{self, Attribute, Family, SPANS, SpanSpec, ValueType};
use crate::error::Errors;
use crate::invocation::Invocation;
use crate::suggest::similar;

#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) name: LitStr,
    pub(crate) family: Family,
    /// Only of a custom span.
    pub(crate) within: Option<LitStr>,
    required: &'static [&'static Attribute],
}

impl Identity {
    /// Nothing where the name does not tell which span is meant; that was reported then.
    pub(crate) fn check(args: &Args, invocation: Invocation, errors: &mut Errors) -> Option<Self> {
        let literal = args.name.as_ref()?;
        let name = literal.value();
        match catalogue::span(&name) {
            Some(span) if span.family != invocation.family => {
                errors.spanned(literal, wrong_macro(&name, invocation));
                None
            }
            Some(span) => {
                if let Some(within) = &args.within {
                    errors.spanned(
                        &within.key,
                        format!("`{name}` has its place in the catalogue: `within` is for spans of your own"),
                    );
                }
                Some(Self::of_catalogue(literal, span))
            }
            None => {
                let Some(within) = &args.within else {
                    errors.spanned(literal, unknown(&name, invocation));
                    return None;
                };
                if let Some(within) = &within.value {
                    check_within(within, errors);
                }
                check_name(literal, errors);
                Some(Self::custom(literal, within.value.clone(), invocation.family))
            }
        }
    }

    fn of_catalogue(name: &LitStr, span: &'static SpanSpec) -> Self {
        Self {
            name: name.clone(),
            family: span.family,
            within: None,
            required: span.required,
        }
    }

    fn custom(name: &LitStr, within: Option<LitStr>, family: Family) -> Self {
        let required = catalogue::required_of_custom(family);
        Self {
            name: name.clone(),
            family,
            within,
            required,
        }
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        self.required.iter().copied()
    }

    pub(crate) fn optional(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        catalogue::optional(self.family).iter().copied()
    }

    /// Everything that the span carries, in the order in which it does.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &'static Attribute> {
        catalogue::ATTRIBUTES
            .iter()
            .copied()
            .filter(|attribute| self.carries(attribute))
    }

    pub(crate) fn carries(&self, attribute: &Attribute) -> bool {
        self.required()
            .chain(self.optional())
            .any(|carried| carried.name == attribute.name)
    }

    pub(crate) fn requires(&self, attribute: &Attribute) -> bool {
        self.required().any(|required| required.name == attribute.name)
    }

    /// Why the span does not carry `attribute`.
    pub(crate) fn refusal(&self, attribute: &Attribute) -> String {
        let (name, span) = (attribute.name, self.name.value());
        let carriers = SPANS
            .iter()
            .filter(|span| span.requires(attribute))
            .map(|span| format!("`{}`", span.name));
        let carriers = carriers.collect::<Vec<_>>().join(", ");
        match attribute.value {
            ValueType::State => format!("`{span}` is no state transition: only {carriers} have states"),
            _ if catalogue::carried(self.family).all(|carried| carried.name != name) => {
                let other = match self.family {
                    Family::Task => "step",
                    Family::Step => "task",
                };
                format!("`{span}` does not carry `{name}`, which belongs to {other} spans")
            }
            _ => format!("`{span}` does not carry `{name}`: only {carriers} do"),
        }
    }
}

fn wrong_macro(name: &str, invocation: Invocation) -> String {
    let right = invocation.other_family().with(&format!("\"{name}\", …"));
    format!("`{name}` is not written by `{}`: use `{right}`", invocation.name())
}

fn unknown(name: &str, invocation: Invocation) -> String {
    let own = invocation.with(&format!("\"{name}\", within = \"task.orchestration\""));
    let own = format!("a span of your own names the one that it stands in: `{own}`");
    match similar(name, SPANS.iter().map(|span| span.name)).and_then(catalogue::span) {
        Some(meant) if meant.family == invocation.family => {
            format!(
                "the catalogue has no span `{name}`, did you mean `{}`?\n{own}",
                meant.name
            )
        }
        Some(meant) => {
            let right = invocation.other_family().with(&format!("\"{}\", …", meant.name));
            format!("the catalogue has no span `{name}`, did you mean `{right}`?\n{own}")
        }
        None => {
            let spans = SPANS.iter().filter(|span| span.family == invocation.family);
            let spans = spans
                .map(|span| format!("`{}`", span.name))
                .collect::<Vec<_>>()
                .join(", ");
            format!(
                "the catalogue has no span `{name}`; `{}` writes {spans}\n{own}",
                invocation.name()
            )
        }
    }
}

fn check_within(within: &LitStr, errors: &mut Errors) {
    let name = within.value();
    if catalogue::span(&name).is_some() {
        return;
    }
    let spans = || SPANS.iter().map(|span| span.name);
    errors.spanned(
        within,
        match similar(&name, spans()) {
            Some(meant) => format!("the catalogue has no span `{name}`, did you mean `{meant}`?"),
            None => format!(
                "the catalogue has no span `{name}`: `within` names one of {}",
                spans().map(|span| format!("`{span}`")).collect::<Vec<_>>().join(", ")
            ),
        },
    );
}

/// As in OpenTelemetry's conventions; besides, the name becomes a type's in the compiler's messages.
fn check_name(literal: &LitStr, errors: &mut Errors) {
    let name = literal.value();
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !name.split('.').all(is_word) || name == "self" {
        errors.spanned(
            literal,
            "a span of your own is named like those of the catalogue: `a-z`, `0-9` and `_`, in words joined by dots",
        );
    }
}
