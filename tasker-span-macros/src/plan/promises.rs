//! `inherit(…)` and `late(…)`: attributes that the function itself has no value for when it begins.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::identity::Identity;
use crate::args::{Args, Explicit, Named};
use crate::catalogue::{self, Attribute, FROM_STATE, TO_STATE, ValueType};
use crate::error::Errors;
use crate::suggest::did_you_mean;

/// Attributes that come later or from elsewhere.
#[derive(Default)]
pub(crate) struct Promises {
    pub(crate) late: Vec<Late>,
    /// The attributes of both lists, and the list of each.
    promised: Vec<(&'static Attribute, List)>,
    /// A name that stands for no attribute may have been meant for any.
    pub(crate) is_doubtful: bool,
}

pub(crate) struct Late {
    pub(crate) attribute: &'static Attribute,
    /// What reads it from the returned value.
    pub(crate) closure: Option<TokenStream>,
}

#[derive(Clone, Copy)]
enum List {
    Inherit,
    Late,
}

impl Promises {
    pub(crate) fn check(args: &Args, identity: &Identity, errors: &mut Errors) -> Self {
        let mut promises = Self::default();
        for named in &args.inherit {
            if let Some(attribute) = promises.take(List::Inherit, named, args, identity, errors) {
                check_inherited(named, attribute, identity, errors);
            }
        }
        for named in &args.late {
            if let Some(attribute) = promises.take(List::Late, named, args, identity, errors) {
                let closure = named.value.as_ref().map(ToTokens::to_token_stream);
                promises.late.push(Late { attribute, closure });
            }
        }
        promises
    }

    pub(crate) fn contains(&self, attribute: &Attribute) -> bool {
        self.list_of(attribute).is_some()
    }

    fn list_of(&self, attribute: &Attribute) -> Option<List> {
        self.promised
            .iter()
            .find(|(promised, _)| promised.name == attribute.name)
            .map(|(_, list)| *list)
    }

    /// The attribute of the span that the name stands for, where no other argument has it.
    fn take(
        &mut self,
        list: List,
        Named { name, .. }: &Named,
        args: &Args,
        identity: &Identity,
        errors: &mut Errors,
    ) -> Option<&'static Attribute> {
        let written = name.unraw().to_string();
        let Some(attribute) = catalogue::attribute(&written) else {
            self.is_doubtful = true;
            errors.spanned(name, unknown(&written, identity));
            return None;
        };
        let explicit = Explicit::Attribute(attribute);
        if !identity.carries(attribute) {
            errors.spanned(name, identity.refusal(attribute));
        } else if args.values.iter().any(|(value, _)| *value == explicit) {
            errors.spanned(
                name,
                format!("`{written}` has a value already: `{} = …`", explicit.key()),
            );
        } else if let Some(before) = self.list_of(attribute) {
            errors.spanned(name, format!("`{written}` is in `{}(…)` already", before.name()));
        } else {
            self.promised.push((attribute, list));
            return Some(attribute);
        }
        None
    }
}

impl List {
    fn name(self) -> &'static str {
        match self {
            Self::Inherit => "inherit",
            Self::Late => "late",
        }
    }
}

fn unknown(written: &str, identity: &Identity) -> String {
    let states = [FROM_STATE, TO_STATE].map(Explicit::Attribute);
    if let Some(state) = states.into_iter().find(|state| state.key() == written) {
        return format!("`{written}` stands for the attribute `{}`", state.name());
    }
    let hint = did_you_mean(written, identity.attributes().map(|attribute| attribute.name));
    format!("`{written}` is no attribute of the catalogue{hint}")
}

fn check_inherited(named: &Named, attribute: &'static Attribute, identity: &Identity, errors: &mut Errors) {
    let key = Explicit::Attribute(attribute).key();
    if attribute.value == ValueType::State {
        errors.spanned(
            &named.name,
            format!("a transition's states are its own: write `{key} = …`"),
        );
    } else if !identity.requires(attribute) {
        let message = format!("`{key}` is optional, and never inherited: name it where it is known, `{key} = …`");
        errors.spanned(&named.name, message);
    } else if let Some(value) = &named.value {
        errors.spanned(
            value,
            format!("an inherited attribute takes no value: `inherit({key})`, or `{key} = …`"),
        );
    }
}

/// The conversion in the runtime of a value that was read from the returned one.
pub(crate) fn late_conversion(attribute: &Attribute) -> &'static str {
    match attribute.value {
        ValueType::Uuid => "late_uuid",
        ValueType::Text => "late_text",
        ValueType::State => "late_state",
        ValueType::Integer => "late_integer",
    }
}
