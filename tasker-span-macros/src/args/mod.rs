//! The arguments of a macro: `syntax` finds the keys, this file gives each argument its type.
//! Checks against the catalogue and the function are in `plan`.

mod field;
mod keyword;
mod kind;
mod level;
mod list;
mod named;
mod recorded;
mod syntax;

use proc_macro2::{Group, Span, TokenStream};
use syn::{Expr, Ident, Lit, LitStr, Path};

pub(crate) use field::{Field, Format};
pub(crate) use keyword::Keyword;
pub(crate) use kind::Kind;
pub(crate) use level::Level;
pub(crate) use list::Named;
pub(crate) use recorded::Recorded;

use crate::catalogue::Attribute;
use crate::error::Errors;
use crate::invocation::Invocation;
use syntax::{Entry, Form, Name, Syntax};

/// A value, and the key that it was given under.
pub(crate) struct Slot<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

impl<T> Slot<T> {
    fn new(key: Ident, value: T) -> Self {
        Self { key, value }
    }
}

/// How `err` describes the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    Display,
    Debug,
    Type,
}

#[derive(Default)]
pub(crate) struct Args {
    /// Absent if its lack was reported.
    pub(crate) name: Option<LitStr>,
    /// Empty if the lack of a value was reported.
    pub(crate) within: Option<Slot<Vec<LitStr>>>,
    pub(crate) kind: Option<Slot<Kind>>,
    pub(crate) runtime: Option<Path>,
    pub(crate) level: Option<Level>,
    pub(crate) target: Option<Expr>,
    pub(crate) task: Option<Slot<Expr>>,
    pub(crate) step: Option<Slot<Expr>>,
    /// In the order written.
    pub(crate) values: Vec<(&'static Attribute, Slot<Expr>)>,
    pub(crate) inherit: Vec<Named>,
    /// `inherit` alone: all other required attributes.
    pub(crate) inherit_rest: Option<Ident>,
    pub(crate) late: Vec<Named>,
    /// `before_task`: the function may run before any task exists.
    pub(crate) before_task: Option<Ident>,
    pub(crate) link: Option<Slot<Expr>>,
    pub(crate) fields: Vec<Field>,
    pub(crate) ret: Option<Slot<Format>>,
    pub(crate) err: Option<Slot<ErrorFormat>>,
    pub(crate) failed: Option<Slot<Expr>>,
    /// An argument that was reported may have been meant as the source of some attribute.
    pub(crate) is_doubtful: bool,
}

impl Args {
    /// Whether the user gave the attribute's value.
    pub(crate) fn gives(&self, attribute: &Attribute) -> bool {
        self.values.iter().any(|(given, _)| *given == attribute)
    }

    pub(crate) fn parse(tokens: TokenStream, invocation: Invocation, errors: &mut Errors) -> Self {
        let syntax = Syntax::parse(tokens, errors);
        let mut args = Self {
            is_doubtful: syntax.is_broken,
            ..Self::default()
        };
        match syntax.name {
            Name::Literal(literal) if literal.value().is_empty() => errors.spanned(literal, "the span's name is empty"),
            Name::Literal(literal) => args.name = Some(literal),
            // `name = "…"` has a message of its own.
            Name::Missing(_) if syntax.entries.iter().any(|entry| entry.key == "name") => {}
            Name::Missing(first) => errors.push(no_name(first, invocation)),
            Name::Other(other) => {
                errors.spanned(other, "the span's name is a string literal, so that it can be checked");
            }
        }
        let mut seen = Vec::new();
        for Entry { key, form } in syntax.entries {
            let result = match Keyword::of(&key, invocation) {
                Ok(keyword) if seen.contains(&keyword) => {
                    args.is_doubtful |= keyword.is_source();
                    Err(twice(keyword, &key))
                }
                Ok(keyword) => {
                    seen.push(keyword);
                    args.read(keyword, key, form, errors)
                }
                Err(message) => {
                    args.is_doubtful = true;
                    Err(syn::Error::new_spanned(key, message))
                }
            };
            errors.handle(result);
        }
        args
    }

    fn read(&mut self, keyword: Keyword, key: Ident, form: Form, errors: &mut Errors) -> syn::Result<()> {
        match form {
            Form::Word => self.read_word(keyword, key),
            Form::Value(value) if keyword == Keyword::Within => {
                let value = texts(&value, errors);
                self.within = Some(Slot::new(key, value));
                Ok(())
            }
            Form::Value(value) => self.read_value(keyword, key, *value),
            Form::List(group) => self.read_list(keyword, key, group, errors),
        }
    }

    fn read_word(&mut self, keyword: Keyword, key: Ident) -> syn::Result<()> {
        match keyword {
            Keyword::Inherit => self.inherit_rest = Some(key),
            Keyword::BeforeTask => self.before_task = Some(key),
            Keyword::Ret => self.ret = Some(Slot::new(key, Format::Debug)),
            Keyword::Err => self.err = Some(Slot::new(key, ErrorFormat::Display)),
            _ => return Err(self.misuse(keyword, &key)),
        }
        Ok(())
    }

    fn read_value(&mut self, keyword: Keyword, key: Ident, value: Expr) -> syn::Result<()> {
        match keyword {
            Keyword::Kind => self.kind = Some(Slot::new(key, Kind::parse(&value)?)),
            Keyword::Crate => self.runtime = Some(path(value)?),
            Keyword::Level => self.level = Some(Level::parse(&value)?),
            Keyword::Target => self.target = Some(value),
            Keyword::Task => self.task = Some(Slot::new(key, value)),
            Keyword::Step => self.step = Some(Slot::new(key, value)),
            Keyword::Value(attribute) => self.values.push((attribute, Slot::new(key, value))),
            Keyword::Link => self.link = Some(Slot::new(key, value)),
            Keyword::Failed => self.failed = Some(Slot::new(key, value)),
            _ => return Err(self.misuse(keyword, &key)),
        }
        Ok(())
    }

    fn read_list(&mut self, keyword: Keyword, key: Ident, group: Group, errors: &mut Errors) -> syn::Result<()> {
        match keyword {
            Keyword::Ret => {
                let formats = [("Debug", Format::Debug), ("Display", Format::Display)];
                let value = list::word(&group, &formats, "the event of `ret` has the level of the span")?;
                self.ret = Some(Slot::new(key, value));
            }
            Keyword::Err => {
                let formats = [
                    ("Display", ErrorFormat::Display),
                    ("Debug", ErrorFormat::Debug),
                    ("type", ErrorFormat::Type),
                ];
                let value = list::word(&group, &formats, "no event is written about the error")?;
                self.err = Some(Slot::new(key, value));
            }
            _ if group.stream().is_empty() => return Err(self.misuse(keyword, &key)),
            Keyword::Inherit => self.is_doubtful |= !list::elements(group, &mut self.inherit, errors),
            Keyword::Late => self.is_doubtful |= !list::elements(group, &mut self.late, errors),
            // A field is never the source of an attribute.
            Keyword::Fields => drop(list::elements(group, &mut self.fields, errors)),
            _ => return Err(self.misuse(keyword, &key)),
        }
        Ok(())
    }

    fn misuse(&mut self, keyword: Keyword, key: &Ident) -> syn::Error {
        self.is_doubtful |= keyword.is_source();
        if keyword == Keyword::Within {
            self.within = Some(Slot::new(key.clone(), Vec::new()));
        }
        syn::Error::new_spanned(key, format!("`{key}` is written {}", keyword.usage()))
    }
}

fn no_name(first: Option<Ident>, invocation: Invocation) -> syn::Error {
    let usage = |rest| invocation.with(&format!("\"{}\"{rest}", invocation.example()));
    match first {
        Some(key) => syn::Error::new_spanned(key, format!("the span's name comes first: `{}`", usage(", …"))),
        // Nothing is written that an error could point at but the macro itself.
        None => syn::Error::new(Span::call_site(), format!("the span has no name: `{}`", usage(""))),
    }
}

fn twice(keyword: Keyword, key: &Ident) -> syn::Error {
    syn::Error::new_spanned(
        key,
        match keyword {
            Keyword::Inherit | Keyword::Late | Keyword::Fields => {
                format!("`{key}` is given twice: list everything in one `{key}(…)`")
            }
            _ => format!("`{key}` is given twice"),
        },
    )
}

/// The name of a span, or several.
fn texts(value: &Expr, errors: &mut Errors) -> Vec<LitStr> {
    match value {
        Expr::Group(group) => texts(&group.expr, errors),
        Expr::Array(array) => {
            if array.elems.is_empty() {
                let message = "the list is empty: `within` names at least one span of the catalogue";
                errors.spanned(array, message);
            }
            let names = array.elems.iter().filter_map(|element| errors.handle(text(element)));
            names.collect()
        }
        other => errors.handle(text(other)).into_iter().collect(),
    }
}

fn text(value: &Expr) -> syn::Result<LitStr> {
    match value {
        Expr::Group(group) => text(&group.expr),
        Expr::Lit(syn::ExprLit {
            lit: Lit::Str(literal), ..
        }) => Ok(literal.clone()),
        other => Err(syn::Error::new_spanned(
            other,
            "expected the name of a span, as a string literal",
        )),
    }
}

fn path(value: Expr) -> syn::Result<Path> {
    match value {
        Expr::Group(group) => path(*group.expr),
        Expr::Path(syn::ExprPath { qself: None, path, .. })
            if path.segments.iter().all(|segment| segment.arguments.is_none()) =>
        {
            Ok(path)
        }
        other => Err(syn::Error::new_spanned(
            other,
            "`crate` takes a path: `crate = ::tasker_span_runtime`",
        )),
    }
}
