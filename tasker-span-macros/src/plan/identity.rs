//! Which span the function gets: a span of the catalogue, or a custom span within such a span. Its
//! attributes' sources are checked elsewhere.

use proc_macro2::Ident;
use quote::format_ident;
use syn::LitStr;

use crate::args::Args;
use crate::catalogue::{self, Attribute, Family, SPANS, SpanSpec};
use crate::error::Errors;
use crate::invocation::Invocation;
use crate::suggest::similar;

#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) name: LitStr,
    pub(crate) family: Family,
    /// Of a custom span.
    pub(crate) within: Vec<LitStr>,
    required: &'static [&'static Attribute],
    /// The runtime's module with the bounds on subjects.
    pub(crate) bounds: Ident,
}

impl Identity {
    /// `None` if the name does not tell which span is meant, which was reported then.
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
                        format!("`{name}` has its parents in the catalogue: `within` is for spans of your own"),
                    );
                }
                if let Some(kind) = &args.kind {
                    errors.spanned(
                        &kind.key,
                        format!("`{name}` has its kind in the catalogue: `kind` is for spans of your own"),
                    );
                }
                Some(Self::of_catalogue(literal, span))
            }
            None => {
                let Some(within) = &args.within else {
                    errors.spanned(literal, unknown(&name, invocation));
                    return None;
                };
                check_within(&within.value, errors);
                check_name(literal, errors);
                Some(Self::custom(literal, within.value.clone(), invocation.family))
            }
        }
    }

    fn of_catalogue(name: &LitStr, span: &'static SpanSpec) -> Self {
        Self {
            name: name.clone(),
            family: span.family,
            within: Vec::new(),
            required: span.required,
            bounds: span.module(),
        }
    }

    fn custom(name: &LitStr, within: Vec<LitStr>, family: Family) -> Self {
        Self {
            name: name.clone(),
            family,
            within,
            required: family.required(),
            bounds: format_ident!("{}", family.macro_name()),
        }
    }

    pub(crate) fn required(&self) -> impl Iterator<Item = &'static Attribute> + use<> {
        self.required.iter().copied()
    }

    pub(crate) fn carries(&self, attribute: &Attribute) -> bool {
        attribute.optional == Some(self.family) || self.requires(attribute)
    }

    pub(crate) fn requires(&self, attribute: &Attribute) -> bool {
        self.required.contains(&attribute)
    }

    /// Why the span does not carry `attribute`.
    pub(crate) fn refusal(&self, attribute: &Attribute) -> String {
        let (name, span) = (attribute.name, self.name.value());
        if attribute.is_state() {
            let transitions = SPANS.iter().filter(|span| span.requires(attribute));
            let transitions: Vec<_> = transitions.map(|span| format!("`{}`", span.name)).collect();
            format!(
                "`{span}` is no state transition: only {} have states",
                transitions.join(", ")
            )
        } else {
            let other = self.family.other().subject();
            format!("`{span}` does not carry `{name}`, which belongs to {other} spans")
        }
    }
}

fn wrong_macro(name: &str, invocation: Invocation) -> String {
    let right = invocation.other_family().with(&format!("\"{name}\", …"));
    format!("`{name}` is not written by `{}`: use `{right}`", invocation.name())
}

fn unknown(name: &str, invocation: Invocation) -> String {
    let parent = match invocation.family {
        Family::Task => "task.orchestration",
        Family::Step => "step.execution",
    };
    let own = invocation.with(&format!("\"{name}\", within = \"{parent}\""));
    let own = format!("a span of your own names the span that it is within: `{own}`");
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

fn check_within(within: &[LitStr], errors: &mut Errors) {
    for (index, literal) in within.iter().enumerate() {
        let name = literal.value();
        if catalogue::span(&name).is_none() {
            errors.spanned(literal, no_such_span(&name));
        } else if within[..index].iter().any(|before| before.value() == name) {
            errors.spanned(literal, format!("`{name}` is in the list already"));
        }
    }
}

fn no_such_span(name: &str) -> String {
    let spans = || SPANS.iter().map(|span| span.name);
    match similar(name, spans()) {
        Some(meant) => format!("the catalogue has no span `{name}`, did you mean `{meant}`?"),
        None => format!(
            "the catalogue has no span `{name}`: `within` names one of {}",
            spans().map(|span| format!("`{span}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Names have the form of OpenTelemetry's conventions.
fn check_name(literal: &LitStr, errors: &mut Errors) {
    let name = literal.value();
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if !name.split('.').all(is_word) {
        errors.spanned(
            literal,
            "a span of your own is named like those of the catalogue: `a-z`, `0-9` and `_`, in words joined by dots",
        );
    }
}
