//! Explicit values: `task_uuid = …`, `from = …`, `started_at = …`. Other sources are in `subjects`
//! and `promises`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;

use super::identity::Identity;
use crate::args::{Args, Slot};
use crate::catalogue::{Attribute, Family, STARTED_AT};
use crate::error::Errors;

pub(crate) struct Value {
    pub(crate) attribute: &'static Attribute,
    pub(crate) expr: TokenStream,
}

pub(crate) fn check(args: &Args, identity: &Identity, errors: &mut Errors) -> Vec<Value> {
    let mut values = Vec::new();
    for (attribute, Slot { key, value }) in &args.values {
        if let Some(refusal) = refusal(attribute, identity) {
            errors.spanned(key, refusal);
        } else {
            values.push(self::value(attribute, value));
        }
    }
    values
}

fn value(attribute: &'static Attribute, expr: &Expr) -> Value {
    Value {
        attribute,
        expr: expr.to_token_stream(),
    }
}

/// Why the span takes no such value.
fn refusal(attribute: &'static Attribute, identity: &Identity) -> Option<String> {
    if attribute == STARTED_AT {
        let message = "`started_at` dates a task's root span: it belongs to task spans";
        return (identity.family == Family::Step).then(|| message.to_owned());
    }
    (!identity.carries(attribute)).then(|| identity.refusal(attribute))
}
