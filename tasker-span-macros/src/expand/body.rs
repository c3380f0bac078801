//! The function's new body: the user's block, with the span around it.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

use super::ending::observer;
use super::opening::block;
use crate::func::Returns;
use crate::hygiene::{Location, generated};
use crate::plan::{Outcome, Plan};
use crate::shape::{Shape, Tail};

pub(crate) fn function(plan: &Plan<'_>) -> TokenStream {
    let body = match &plan.shape {
        Shape::Sync if plan.reads_returned() => called(plan),
        Shape::Sync => guarded(plan),
        Shape::Async => asynchronous(plan),
        Shape::Future(tail) => future(plan, tail),
    };
    plan.func.with_body(quote_spanned!(Location::of(&plan.func.body).start()=> { #body }))
}

impl Plan<'_> {
    /// Whether the span's end depends on the returned value.
    fn reads_returned(&self) -> bool {
        matches!(self.returns, Returns::Type(_))
            || !matches!(self.ending.outcome, Outcome::ByType)
            || self.ending.ret.is_some()
            || self.opening.late.iter().any(|late| late.closure.is_some())
    }
}

// Input: fn f(task: &Task) { work() }
// Output: fn f(task: &Task) {
//     let __guard = P::enter({ … });
//     { work() }
// }
fn guarded(plan: &Plan<'_>) -> TokenStream {
    let (p, span, body) = (plan.opening.runtime.tokens(), block(&plan.opening), &plan.func.body);
    quote_spanned! {generated()=>
        let __guard = #p::enter(#span);
        #body
    }
}

// Input: fn f(task: &Task) -> Result<(), Error> { work() }
// Output: fn f(task: &Task) -> Result<(), Error> {
//     let __span = { … };
//     P::run::<Result<(), Error>, _, _>(__span, move || { work() }, |__returned, __ending| …)
// }
fn called(plan: &Plan<'_>) -> TokenStream {
    let (p, span, body) = (plan.opening.runtime.tokens(), block(&plan.opening), &plan.func.body);
    let observer = observer(&plan.opening, &plan.ending);
    let returned = plan.returns.nameable();
    quote_spanned! {generated()=>
        let __span = #span;
        #p::run::<#returned, _, _>(__span, move || #body, #observer)
    }
}

// Input: async fn f(task: &Task) -> Result<(), Error> { work().await }
// Output: async fn f(task: &Task) -> Result<(), Error> {
//     let __span = { … };
//     P::instrument(
//         __span,
//         async move {
//             if let Some(__return) = None::<Result<(), Error>> { return __return; }
//             { work().await }
//         },
//         |__returned, __ending| …,
//     ).await
// }
fn asynchronous(plan: &Plan<'_>) -> TokenStream {
    let (p, span, body) = (plan.opening.runtime.tokens(), block(&plan.opening), &plan.func.body);
    let Some(returned) = plan.returns.nameable() else {
        return quote_spanned! {generated()=>
            let __span = #span;
            #p::instrument(__span, async move #body, |_, _| {}).await
        };
    };
    let observer = observer(&plan.opening, &plan.ending);
    // The edge that never runs tells the block its type, so that `?`, early returns and coercions work as in a function.
    quote_spanned! {generated()=>
        let __span = #span;
        #p::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<#returned> {
                    return __return;
                }
                #body
            },
            #observer,
        ).await
    }
}

// Input: fn f(task: Task) -> BoxFuture<'static, Result<(), Error>> { log(); Box::pin(async move { work().await }) }
// Output: fn f(task: Task) -> BoxFuture<'static, Result<(), Error>> {
//     log();
//     Box::pin(async move {
//         let __span = { … };
//         P::instrument(__span, async move { work().await }, |__returned, __ending| …).await
//     })
// }
fn future(plan: &Plan<'_>, tail: &Tail) -> TokenStream {
    let (p, span) = (plan.opening.runtime.tokens(), block(&plan.opening));
    let Tail { before, call, keywords, block: body, after } = tail;
    let observer = observer(&plan.opening, &plan.ending);
    let future = quote_spanned! {generated()=>
        let __span = #span;
        #p::instrument(__span, #keywords #body, #observer).await
    };
    let future = quote_spanned!(generated()=> #keywords { #future });
    let argument = match call {
        Some(call) => regroup(call, future),
        None => future,
    };
    quote!(#before #argument #after)
}

/// The user's own parentheses around other tokens.
fn regroup(group: &Group, tokens: TokenStream) -> TokenStream {
    let mut regrouped = Group::new(group.delimiter(), tokens);
    regrouped.set_span(group.span());
    TokenTree::Group(regrouped).into_token_stream()
}
