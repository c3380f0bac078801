//! The struct as its fields and its `#[span(…)]` attributes describe it.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::{DeriveInput, Expr, Member, Path, Type};

use crate::catalogue::Attribute;

pub(crate) struct Input<'a> {
    pub(crate) original: &'a DeriveInput,
    /// `crate = path`
    pub(crate) runtime: Option<Path>,
    /// `#[repr(packed)]`
    pub(crate) packed: bool,
    pub(crate) sources: Vec<Source<'a>>,
}

/// The source of one attribute.
pub(crate) struct Source<'a> {
    pub(crate) attribute: &'static Attribute,
    /// The token that names the attribute.
    pub(crate) key: Ident,
    pub(crate) way: Way<'a>,
}

pub(crate) enum Way<'a> {
    /// The field has the attribute's name, and no `#[span(…)]`.
    ByName(FieldRef<'a>),
    /// `#[span(namespace)]` on the field.
    Marked(FieldRef<'a>),
    /// `#[span(nested(namespace))]` on the field.
    Nested(FieldRef<'a>),
    /// `#[span(namespace = expression)]` on the struct.
    Computed(Expr),
}

#[derive(Clone)]
pub(crate) struct FieldRef<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
}

impl Way<'_> {
    /// The field that is read.
    pub(crate) fn field(&self) -> Option<&FieldRef<'_>> {
        match self {
            Self::ByName(field) | Self::Marked(field) | Self::Nested(field) => Some(field),
            Self::Computed(_) => None,
        }
    }
}

impl FieldRef<'_> {
    /// The field's name in messages.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }
}
