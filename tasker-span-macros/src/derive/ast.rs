//! The struct as its fields and its `#[span(…)]` attributes describe it.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Expr, ExprPath, Member, Meta, Path, Type};

use super::attr::{Entries, Form};
use super::supply::Supply;
use super::{field, text};
use crate::error::Errors;

pub(crate) struct Input<'a> {
    pub(crate) original: &'a DeriveInput,
    /// `crate = path`
    pub(crate) runtime: Option<Path>,
    /// `#[repr(packed)]`
    pub(crate) packed: bool,
    pub(crate) sources: Vec<Source<'a>>,
}

/// Where one attribute comes from.
pub(crate) struct Source<'a> {
    pub(crate) supply: Supply,
    /// The token that says so.
    pub(crate) key: Ident,
    pub(crate) way: Way<'a>,
}

pub(crate) enum Way<'a> {
    /// The field has the attribute's name, and nothing else is said about it.
    ByName(Place<'a>),
    /// `#[span(namespace)]` on the field.
    Marked(Place<'a>),
    /// `#[span(nested(namespace))]` on the field.
    Nested(Place<'a>),
    /// `#[span(namespace = expression)]` on the struct.
    Computed(Expr),
}

/// A field.
#[derive(Clone)]
pub(crate) struct Place<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
}

impl Way<'_> {
    /// The field that is read.
    pub(crate) fn place(&self) -> Option<&Place<'_>> {
        match self {
            Self::ByName(place) | Self::Marked(place) | Self::Nested(place) => Some(place),
            Self::Computed(_) => None,
        }
    }
}

impl Place<'_> {
    /// The field's name in messages.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}

impl<'a> Input<'a> {
    pub(crate) fn from_syn(original: &'a DeriveInput, errors: &mut Errors) -> Self {
        let packed = original.attrs.iter().any(is_packed);
        let mut input = Self {
            original,
            runtime: None,
            packed,
            sources: Vec::new(),
        };
        input.read_struct_attributes(errors);
        match &original.data {
            Data::Struct(data) => {
                let fields = data.fields.iter().zip(0..);
                input
                    .sources
                    .extend(fields.flat_map(|(field, index)| field::sources(field, index, errors)));
            }
            Data::Enum(data) => errors.spanned(data.enum_token, text::ENUM),
            Data::Union(data) => errors.spanned(data.union_token, text::UNION),
        }
        input
    }

    fn read_struct_attributes(&mut self, errors: &mut Errors) {
        for entry in Entries::parse(&self.original.attrs, errors).list {
            let key = entry.key;
            match entry.form {
                _ if key == "skip" || key == "nested" => errors.spanned(&key, text::belongs_on_field(&key)),
                Form::Value(value) if key == "crate" => match path(&value) {
                    Some(_) if self.runtime.is_some() => errors.spanned(key, "`crate` is given twice"),
                    Some(path) => self.runtime = Some(path.clone()),
                    None => errors.spanned(value, text::CRATE),
                },
                _ if key == "crate" => errors.spanned(key, text::CRATE),
                form => match (Supply::from_key(&key, &text::ON_STRUCT, errors), form) {
                    (Some(supply), Form::Value(value)) => {
                        self.sources.push(Source {
                            supply,
                            key,
                            way: Way::Computed(value),
                        });
                    }
                    (Some(_), Form::Word | Form::List(_)) => errors.spanned(&key, text::needs_value(&key)),
                    (None, _) => {}
                },
            }
        }
    }
}

fn is_packed(attribute: &Attribute) -> bool {
    let packed = |token| matches!(token, TokenTree::Ident(ident) if ident == "packed");
    match &attribute.meta {
        Meta::List(list) if list.path.is_ident("repr") => list.tokens.clone().into_iter().any(packed),
        _ => false,
    }
}

fn path(value: &Expr) -> Option<&Path> {
    match value {
        Expr::Path(ExprPath { qself: None, path, .. }) => Some(path),
        Expr::Group(group) => path(&group.expr),
        _ => None,
    }
}
