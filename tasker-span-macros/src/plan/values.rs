//! Explicit values: `task_uuid = …`, `from = …`, `started_at = …`.

use proc_macro2::TokenStream;
use quote::ToTokens;

use super::identity::Identity;
use crate::args::{Args, Explicit, Slot};
use crate::catalogue::{Family, ValueType};
use crate::error::Errors;

pub(crate) struct Value {
    /// The setter in the runtime.
    pub(crate) setter: &'static str,
    /// The conversion in the runtime.
    pub(crate) conversion: &'static str,
    pub(crate) expr: TokenStream,
}

pub(crate) fn check(args: &Args, identity: &Identity, errors: &mut Errors) -> Vec<Value> {
    args.values
        .iter()
        .filter_map(|(explicit, slot)| value(*explicit, slot, identity, errors))
        .collect()
}

fn value(explicit: Explicit, slot: &Slot<syn::Expr>, identity: &Identity, errors: &mut Errors) -> Option<Value> {
    let conversion = match explicit {
        Explicit::Attribute(attribute) => {
            if !identity.carries(attribute) {
                errors.spanned(&slot.key, identity.refusal(attribute));
                return None;
            }
            conversion(attribute.value)
        }
        Explicit::StartedAt => {
            if identity.family == Family::Step {
                errors.spanned(
                    &slot.key,
                    "`started_at` dates a task's root span: it belongs to task spans",
                );
                return None;
            }
            "timestamp"
        }
    };
    Some(Value {
        setter: explicit.name(),
        conversion,
        expr: slot.value.to_token_stream(),
    })
}

fn conversion(value: ValueType) -> &'static str {
    match value {
        ValueType::Uuid => "uuid",
        ValueType::Text => "text",
        ValueType::State => "state",
        ValueType::Integer => "integer",
    }
}
