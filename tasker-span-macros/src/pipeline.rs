//! Tokens to tokens: the functions that the entry points of this crate call. The stages themselves
//! are modules of their own.

use proc_macro2::TokenStream;
use quote::quote;

use crate::catalogue::Family;
use crate::func::Func;
use crate::invocation::{Covers, Invocation};
use crate::{expand, plan};

/// `#[task_span(args)] item` and `#[step_span(args)] item`
pub(crate) fn attribute(family: Family, args: TokenStream, item: TokenStream) -> TokenStream {
    let invocation = Invocation {
        family,
        covers: Covers::Function,
    };
    let expanded = Func::parse(item.clone(), invocation)
        .and_then(|func| plan::function(args, &func, invocation).map(|plan| expand::function(&plan)));
    expanded.unwrap_or_else(|error| {
        // Without the item, each of its uses would be a mistake as well.
        let mut tokens = error.into_compile_error();
        tokens.extend(item);
        tokens
    })
}

/// `task_scope!(args)` and `step_scope!(args)`
pub(crate) fn block(family: Family, args: TokenStream) -> TokenStream {
    let invocation = Invocation {
        family,
        covers: Covers::Block,
    };
    plan::block(args, invocation).map_or_else(mistaken, |opening| expand::opened(&opening))
}

/// One expression for any number of mistakes. Its last `compile_error!` has a type that fits
/// anywhere.
pub(crate) fn mistaken(error: syn::Error) -> TokenStream {
    let errors = error.into_compile_error();
    quote!({ #errors })
}
