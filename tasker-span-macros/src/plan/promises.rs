//! `inherit(…)` and `late(…)`: attributes whose values come from the enclosing span, or later. The
//! runtime finds them.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::identity::Identity;
use crate::args::{Args, Named};
use crate::catalogue::{self, ATTRIBUTES, Attribute, HANDLER_NAME, STEP_NAME};
use crate::error::Errors;
use crate::suggest::did_you_mean;

/// Attributes without a value at the start of the function.
#[derive(Default)]
pub(crate) struct Promises {
    /// Also those that may be inherited before.
    pub(crate) late: Vec<Late>,
    /// The attributes of both lists, and the list of each.
    promised: Vec<(&'static Attribute, List)>,
    /// A name is no attribute's, and may have been meant for any.
    pub(crate) is_doubtful: bool,
}

pub(crate) struct Late {
    pub(crate) attribute: &'static Attribute,
    /// It is in `inherit(…)` too, and late only if it cannot be inherited.
    pub(crate) is_inherited: bool,
    /// Reads it from the returned value.
    pub(crate) closure: Option<TokenStream>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
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
                promises.late.push(Late {
                    attribute,
                    is_inherited: promises.is_in(List::Inherit, attribute),
                    closure: named.value.as_ref().map(ToTokens::to_token_stream),
                });
            }
        }
        promises
    }

    pub(crate) fn contains(&self, attribute: &Attribute) -> bool {
        self.promised.iter().any(|(promised, _)| *promised == attribute)
    }

    fn is_in(&self, list: List, attribute: &Attribute) -> bool {
        let mut promised = self.promised.iter();
        promised.any(|(promised, in_list)| *promised == attribute && *in_list == list)
    }

    /// The attribute of this name, if the span carries it and no argument gives its value.
    fn take(
        &mut self,
        list: List,
        Named { name, .. }: &Named,
        args: &Args,
        identity: &Identity,
        errors: &mut Errors,
    ) -> Option<&'static Attribute> {
        let written = name.unraw().to_string();
        let Some(attribute) = catalogue::keyed(&written) else {
            self.is_doubtful = true;
            errors.spanned(name, unknown(&written, identity));
            return None;
        };
        if !identity.carries(attribute) {
            errors.spanned(name, identity.refusal(attribute));
        } else if args.gives(attribute) {
            errors.spanned(
                name,
                format!("`{written}` has a value already: `{} = …`", attribute.key()),
            );
        } else if self.is_in(list, attribute) {
            errors.spanned(name, format!("`{written}` is in `{}(…)` already", list.name()));
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
    if let Some(message) = catalogue::exported_name(written) {
        return message;
    }
    let carried = ATTRIBUTES.iter().filter(|attribute| identity.carries(attribute));
    let hint = did_you_mean(written, carried.map(|attribute| attribute.key()));
    format!("`{written}` is no attribute of the catalogue{hint}")
}

/// Names of the step, which its spans share; `handler_name` may be inherited by name where it is required.
fn is_inherited_where_known(attribute: &Attribute, identity: &Identity) -> bool {
    *attribute == *STEP_NAME || *attribute == *HANDLER_NAME && !identity.requires(attribute)
}

fn check_inherited(named: &Named, attribute: &'static Attribute, identity: &Identity, errors: &mut Errors) {
    let key = attribute.key();
    if attribute.is_state() {
        errors.spanned(
            &named.name,
            format!("a transition's states are its own: write `{key} = …`"),
        );
    } else if is_inherited_where_known(attribute, identity) {
        let message = format!("`{key}` is inherited wherever it is known: leave it out, or name a value, `{key} = …`");
        errors.spanned(&named.name, message);
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
