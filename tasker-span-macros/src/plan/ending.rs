//! How the outcome and `ret` are read from the returned value. Late attributes are in `promises`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Ident;

use crate::args::{Args, ErrorFormat, Format};
use crate::error::Errors;
use crate::hygiene::Location;
use crate::shape::Returns;

pub(crate) struct Ending {
    pub(crate) outcome: Outcome,
    /// `ret(…)`, and its location.
    pub(crate) ret: Option<(Format, Location)>,
}

pub(crate) enum Outcome {
    /// By the type of the returned value.
    ByType,
    /// `err(…)`, and its location.
    Error(ErrorFormat, Location),
    /// `failed = …`
    Test(TokenStream),
}

impl Ending {
    pub(crate) fn check(args: &Args, returns: &Returns, errors: &mut Errors) -> Self {
        if let (Some(err), Some(_)) = (&args.err, &args.failed) {
            errors.spanned(
                &err.key,
                "`err` and `failed` both decide whether the function failed: keep one of them",
            );
        }
        check_returns(args, returns, errors);
        let outcome = match (&args.failed, &args.err) {
            (Some(failed), _) => Outcome::Test(failed.value.to_token_stream()),
            (None, Some(err)) => Outcome::Error(err.value, Location::of(&err.key)),
            (None, None) => Outcome::ByType,
        };
        Self {
            outcome,
            ret: args.ret.as_ref().map(|ret| (ret.value, Location::of(&ret.key))),
        }
    }
}

fn check_returns(args: &Args, returns: &Returns, errors: &mut Errors) {
    match returns {
        Returns::Never => {
            for (key, _) in inspecting(args) {
                errors.spanned(
                    key,
                    format!("`{key}` reads the returned value, but this function never returns"),
                );
            }
        }
        Returns::Unit => {
            if let Some(err) = &args.err {
                errors.spanned(
                    &err.key,
                    "`err` describes the error of a `Result`, but this function returns nothing",
                );
            }
        }
        Returns::Type(_) => {}
    }
}

/// A block has no returned value that an argument could read.
pub(crate) fn refuse(args: &Args, errors: &mut Errors) {
    for (key, is_late) in inspecting(args) {
        let instead = if is_late { ": record it by `span_record!`" } else { "" };
        errors.spanned(
            key,
            format!("`{key}` reads a returned value, which a block does not have{instead}"),
        );
    }
}

/// The keys of the arguments that read the returned value, and whether each is in `late(…)`.
fn inspecting(args: &Args) -> impl Iterator<Item = (&Ident, bool)> {
    let late = args
        .late
        .iter()
        .filter(|named| named.value.is_some())
        .map(|named| (&named.name, true));
    let ret = args.ret.iter().map(|slot| (&slot.key, false));
    let err = args.err.iter().map(|slot| (&slot.key, false));
    let failed = args.failed.iter().map(|slot| (&slot.key, false));
    ret.chain(err).chain(failed).chain(late)
}
