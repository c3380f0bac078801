//! Tokens to tokens: what the entry points of this crate call.

use proc_macro2::TokenStream;
use quote::quote;

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
    plan::block(args, invocation).map_or_else(mistaken, |opening| expand::block(&opening))
}

/// One expression, however many mistakes it reports; its last one stands for a value of any type.
fn mistaken(error: syn::Error) -> TokenStream {
    let errors = error.into_compile_error();
    quote!({ #errors })
}
