//! Tokens to tokens: what the entry points of this crate call.

use proc_macro2::TokenStream;

use crate::catalogue::Family;
use crate::func::Func;
use crate::invocation::{Invocation, Place};
use crate::{expand, plan};

/// `#[task_span(args)] item` and `#[step_span(args)] item`
pub(crate) fn attribute(family: Family, args: TokenStream, item: TokenStream) -> TokenStream {
    let invocation = Invocation {
        family,
        place: Place::Function,
    };
    let expanded = Func::parse(item.clone(), invocation)
        .and_then(|func| plan::function(args, &func, invocation).map(|plan| expand::function(&plan)));
    expanded.unwrap_or_else(|error| {
        // The item stays, so that its uses elsewhere are no mistakes as well.
        let mut tokens = error.into_compile_error();
        tokens.extend(item);
        tokens
    })
}

/// `task_scope!(args)` and `step_scope!(args)`
pub(crate) fn scope(family: Family, args: TokenStream) -> TokenStream {
    let invocation = Invocation {
        family,
        place: Place::Block,
    };
    plan::block(args, invocation).map_or_else(syn::Error::into_compile_error, |opening| expand::block(&opening))
}
