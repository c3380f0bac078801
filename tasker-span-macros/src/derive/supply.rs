//! What a struct can supply: the catalogue's attributes of tasks and steps, and the moment at which a task began.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

use super::text::{self, Expected};
use crate::catalogue::{ATTRIBUTES, Attribute, ValueType};
use crate::error::Errors;

/// One thing to supply, and so one trait of the runtime to implement.
#[derive(Clone, Copy)]
pub(crate) enum Supply {
    Attribute(&'static Attribute),
    /// Dates the root span. No attribute, hence never read from a field because of its name.
    StartedAt,
}

/// The kind of the value, and the conversion into it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    Integer,
    Timestamp,
}

impl Supply {
    /// Everything, in the order in which spans carry it. States are left out: they belong to one transition.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let of_subjects = ATTRIBUTES
            .iter()
            .filter(|attribute| attribute.value != ValueType::State);
        of_subjects
            .map(|attribute| Self::Attribute(attribute))
            .chain([Self::StartedAt])
    }

    /// What `#[span(name)]` stands for.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::all().find(|supply| supply.name() == name)
    }

    /// What a field of this name supplies without being asked.
    pub(crate) fn of_field(name: &str) -> Option<Self> {
        Self::named(name).filter(|supply| matches!(supply, Self::Attribute(_)))
    }

    /// What a name in an attribute stands for, or the error about it.
    pub(crate) fn from_key(key: &Ident, expected: &Expected, errors: &mut Errors) -> Option<Self> {
        let name = key.unraw().to_string();
        let supply = Self::named(&name);
        match supply {
            Some(_) => {}
            None if name == "from_state" || name == "to_state" => errors.spanned(key, text::STATE),
            None => errors.spanned(key, text::unknown(&name, expected)),
        }
        supply
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attribute(attribute) => attribute.name,
            Self::StartedAt => "started_at",
        }
    }

    /// The trait's name: `HasTaskUuid`.
    pub(crate) fn has(self) -> Ident {
        match self {
            Self::Attribute(attribute) => format_ident!("Has{}", attribute.variant),
            Self::StartedAt => format_ident!("HasStartedAt"),
        }
    }

    pub(crate) fn method(self) -> Ident {
        format_ident!("{}", self.name())
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Attribute(attribute) => match attribute.value {
                ValueType::Uuid => Kind::Uuid,
                ValueType::Text | ValueType::State => Kind::Text,
                ValueType::Integer => Kind::Integer,
            },
            Self::StartedAt => Kind::Timestamp,
        }
    }
}

impl Kind {
    /// The type inside the `Option` that the trait's method returns.
    pub(crate) fn returned(self, runtime: &TokenStream) -> TokenStream {
        match self {
            Self::Uuid => quote!(#runtime::Uuid),
            // Spelled out, because a type of the user's may be called `str`.
            Self::Text => quote!(&::core::primitive::str),
            Self::Integer => quote!(::core::primitive::i64),
            Self::Timestamp => quote!(#runtime::__private::Timestamp),
        }
    }

    /// The trait of the values: `AsUuid`.
    pub(crate) fn bound(self) -> Ident {
        format_ident!("As{}", self.noun(["Uuid", "Text", "Integer", "Timestamp"]))
    }

    /// The conversion of a field that was marked.
    pub(crate) fn marked(self) -> Ident {
        format_ident!("as_{}", self.noun(["uuid", "text", "integer", "timestamp"]))
    }

    /// The conversion of a field that was taken for its name alone: the same, with a message that offers to skip it.
    pub(crate) fn by_name(self) -> Ident {
        format_ident!("implicit_{}", self.noun(["uuid", "text", "integer", "timestamp"]))
    }

    fn noun(self, [uuid, text, integer, timestamp]: [&'static str; 4]) -> &'static str {
        match self {
            Self::Uuid => uuid,
            Self::Text => text,
            Self::Integer => integer,
            Self::Timestamp => timestamp,
        }
    }
}
