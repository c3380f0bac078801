//! From the syntax of `#[span(…)]` and of fields to sources of attributes. `valid` compares them.

use proc_macro2::{Ident, Span, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute as SynAttribute, Data, DeriveInput, Expr, ExprPath, Field, Index, Member, Meta, Path};

use super::ast::{FieldRef, Input, Source, Way};
use super::attr::{Entries, Entry, Form};
use super::text::{self, Expected};
use crate::catalogue::{self, Attribute, STARTED_AT, supplies};
use crate::error::Errors;
use crate::suggest::did_you_mean;

pub(crate) fn read<'a>(original: &'a DeriveInput, errors: &mut Errors) -> Input<'a> {
    let mut input = Input {
        original,
        runtime: None,
        packed: original.attrs.iter().any(is_packed),
        sources: Vec::new(),
    };
    of_struct(&mut input, errors);
    match &original.data {
        Data::Struct(data) => {
            let fields = data.fields.iter().zip(0..);
            let sources = fields.flat_map(|(field, index)| of_field(field, index, errors));
            input.sources.extend(sources);
        }
        Data::Enum(data) => errors.spanned(data.enum_token, text::ENUM),
        Data::Union(data) => errors.spanned(data.union_token, text::UNION),
    }
    input
}

fn of_struct(input: &mut Input<'_>, errors: &mut Errors) {
    for entry in Entries::parse(&input.original.attrs, errors).list {
        let key = entry.key;
        match entry.form {
            _ if key == "skip" || key == "nested" => errors.spanned(&key, text::belongs_on_field(&key)),
            Form::Value(value) if key == "crate" => match path(&value) {
                Some(_) if input.runtime.is_some() => errors.spanned(key, "`crate` is given twice"),
                Some(path) => input.runtime = Some(path.clone()),
                None => errors.spanned(value, text::CRATE),
            },
            _ if key == "crate" => errors.spanned(key, text::CRATE),
            form => match (attribute(&key, &text::ON_STRUCT, errors), form) {
                (Some(attribute), Form::Value(value)) => {
                    let way = Way::Computed(value);
                    input.sources.push(Source { attribute, key, way });
                }
                (Some(_), Form::Word | Form::List(_)) => errors.spanned(&key, text::needs_value(&key)),
                (None, _) => {}
            },
        }
    }
}

fn of_field<'a>(field: &'a Field, index: u32, errors: &mut Errors) -> Vec<Source<'a>> {
    let member = match &field.ident {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(Index {
            index,
            span: Span::call_site(),
        }),
    };
    let reference = FieldRef { member, ty: &field.ty };
    let entries = Entries::parse(&field.attrs, errors);
    if entries.present {
        marked(&reference, entries.list, errors)
    } else {
        by_name(field, reference).into_iter().collect()
    }
}

fn by_name<'a>(field: &'a Field, reference: FieldRef<'a>) -> Option<Source<'a>> {
    let key = field.ident.as_ref()?;
    // `started_at` may be the start of anything: it is never read because of its name.
    let attribute = named(&key.unraw().to_string()).filter(|attribute| *attribute != STARTED_AT)?;
    Some(Source {
        attribute,
        key: key.clone(),
        way: Way::ByName(reference),
    })
}

fn marked<'a>(field: &FieldRef<'a>, entries: Vec<Entry>, errors: &mut Errors) -> Vec<Source<'a>> {
    let mut sources = Vec::new();
    let mut skip = None;
    for Entry { key, form } in entries {
        match form {
            Form::Word if key == "skip" => skip = Some(key),
            Form::List(names) if key == "nested" && !names.is_empty() => sources.extend(nested(field, names, errors)),
            _ if key == "skip" => errors.spanned(key, text::SKIP_ARGUMENTS),
            _ if key == "nested" => errors.spanned(key, text::NESTED),
            _ if key == "crate" => errors.spanned(key, "`crate` belongs on the struct"),
            form => match (attribute(&key, &text::ON_FIELD, errors), form) {
                (Some(attribute), Form::Word) => {
                    let way = Way::Marked(field.clone());
                    sources.push(Source { attribute, key, way });
                }
                (Some(_), Form::List(_)) => errors.spanned(&key, text::takes_no_list(&key)),
                (Some(_), Form::Value(_)) => errors.spanned(&key, text::takes_no_value(&key)),
                (None, _) => {}
            },
        }
    }
    match skip {
        Some(skip) if !sources.is_empty() => {
            errors.spanned(skip, text::SKIP);
            Vec::new()
        }
        _ => sources,
    }
}

fn nested<'a>(field: &FieldRef<'a>, names: Vec<Ident>, errors: &mut Errors) -> Vec<Source<'a>> {
    let source = |key| {
        Some(Source {
            attribute: attribute(&key, &text::IN_NESTED, errors)?,
            key,
            way: Way::Nested(field.clone()),
        })
    };
    names.into_iter().filter_map(source).collect()
}

/// The attribute that a key in `#[span(…)]` names. Reports any other key.
fn attribute(key: &Ident, expected: &Expected, errors: &mut Errors) -> Option<&'static Attribute> {
    let name = key.unraw().to_string();
    let attribute = named(&name);
    match attribute {
        Some(_) => {}
        None if is_state(&name) => errors.spanned(key, text::STATE),
        None => {
            let names = supplies().map(|attribute| attribute.name);
            let hint = did_you_mean(&name, names.chain(expected.keywords.iter().copied()));
            errors.spanned(key, text::unknown(&name, &hint, expected));
        }
    }
    attribute
}

/// Whether a state is meant, by its key or its exported name.
fn is_state(name: &str) -> bool {
    let of_key = catalogue::keyed(name).or_else(|| catalogue::attribute(name));
    of_key.is_some_and(Attribute::is_state)
}

fn named(name: &str) -> Option<&'static Attribute> {
    supplies().find(|attribute| attribute.name == name)
}

fn is_packed(attribute: &SynAttribute) -> bool {
    let packed = |token| matches!(token, TokenTree::Ident(ident) if ident == "packed");
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("repr") => list.tokens.clone().into_iter().any(packed),
        _ => false,
    }
}

fn path(value: &Expr) -> Option<&Path> {
    match value {
        Expr::Path(ExprPath { qself: None, path, .. }) => {
            let is_plain = path.segments.iter().all(|segment| segment.arguments.is_none());
            is_plain.then_some(path)
        }
        Expr::Group(group) => path(&group.expr),
        _ => None,
    }
}
