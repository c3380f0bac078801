//! The function's new body: the user's block inside the span. The span itself is in `opening`.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ReturnType;

use super::ending::observer;
use super::opening::{deferred, opened};
use crate::func::Func;
use crate::hygiene::{Location, generated};
use crate::plan::{Outcome, Plan};
use crate::shape::{Returns, Shape, Tail};

// A block that is the last expression of another block gets a label, or the compiler would call its
// braces unnecessary. The user's edition and drop order depend on them.

pub(crate) fn function(plan: &Plan<'_>) -> TokenStream {
    let body = match &plan.shape {
        Shape::Sync if plan.reads_returned() => called(plan),
        Shape::Sync => guarded(plan),
        Shape::Async => asynchronous(plan),
        Shape::Future(tail) => future(plan, tail),
    };
    // The compiler never finds a function unused if its braces come from a macro.
    plan.func.with_body(regroup(&plan.func.body, body))
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
//     '__body: { work() }
// }
fn guarded(plan: &Plan<'_>) -> TokenStream {
    let (p, span, body) = (plan.opening.runtime.tokens(), opened(&plan.opening), &plan.func.body);
    quote_spanned! {generated()=>
        let __guard = #p::enter(#span);
        '__body: #body
    }
}

// Input: fn f(task: &Task) -> Result<(), Error> { work() }
// Output: fn f(task: &Task) -> Result<(), Error> {
//     let __span = { … };
//     P::run::<Result<(), Error>>(__span, move || { work() }, |__returned, __ending| …)
// }
fn called(plan: &Plan<'_>) -> TokenStream {
    let (p, span, body) = (plan.opening.runtime.tokens(), opened(&plan.opening), &plan.func.body);
    let observer = observer(&plan.opening, &plan.ending);
    let returned = plan.returns.nameable();
    quote_spanned! {generated()=>
        let __span = #span;
        #p::run::<#returned>(__span, move || #body, #observer)
    }
}

// Input: async fn f(task: &Task) -> Result<(), Error> { work().await }
// Output: async fn f(task: &Task) -> Result<(), Error> {
//     let __span = { … };
//     P::instrument(
//         __span,
//         async move {
//             if let Some(__return) = None::<Result<(), Error>> { return __return; }
//             '__body: { work().await }
//         },
//         |__returned, __ending| …,
//     ).await
// }
fn asynchronous(plan: &Plan<'_>) -> TokenStream {
    let keywords = quote_spanned!(generated()=> async move);
    instrumented(plan, &opened(&plan.opening), &keywords, &plan.func.body)
}

// Input: fn f(task: Task) -> BoxFuture<'static, Result<(), Error>> {
//     log();
//     Box::pin(async move { work().await })
// }
// Output: fn f(task: Task) -> BoxFuture<'static, Result<(), Error>> {
//     let __deferred = { … };
//     log();
//     Box::pin(async move {
//         let __span = P::Deferred::begin(__deferred);
//         P::instrument(__span, async move { … }, |__returned, __ending| …).await
//     })
// }
fn future(plan: &Plan<'_>, tail: &Tail) -> TokenStream {
    let Tail {
        before,
        call,
        keywords,
        block,
        after,
    } = tail;
    // The future may not hold the arguments, so they are read at the call. The span opens with the
    // future.
    let (p, deferred) = (plan.opening.runtime.tokens(), deferred(&plan.opening));
    let span = quote_spanned!(generated()=> #p::Deferred::begin(__deferred));
    let instrumented = instrumented(plan, &span, keywords, block);
    let future = quote_spanned!(generated()=> async move { #instrumented });
    let argument = match call {
        Some(call) => regroup(call, future),
        None => future,
    };
    let deferred = quote_spanned!(generated()=> let __deferred = #deferred;);
    quote!(#deferred #before #argument #after)
}

/// The span, and the user's block as a future inside it.
fn instrumented(plan: &Plan<'_>, span: &TokenStream, keywords: &TokenStream, body: &Group) -> TokenStream {
    let p = plan.opening.runtime.tokens();
    let future = match plan.returns.nameable() {
        None => quote_spanned!(generated()=> #keywords #body),
        Some(returned) => {
            let edge = return_edge(&returned, plan.func);
            quote_spanned!(generated()=> #keywords { #edge '__body: #body })
        }
    };
    let observer = match plan.returns {
        Returns::Never => quote_spanned!(generated()=> |_, _| {}),
        _ => observer(&plan.opening, &plan.ending),
    };
    quote_spanned! {generated()=>
        let __span = #span;
        #p::instrument(__span, #future, #observer).await
    }
}

/// A branch that never runs gives the block its type, so that returns and coercions work as in a
/// function. The compiler shows a mismatch here, so it is located at the type.
fn return_edge(returned: &TokenStream, func: &Func) -> TokenStream {
    let at = match &func.sig.output {
        ReturnType::Type(_, ty) => Location::of(ty).start(),
        ReturnType::Default => Location::of(&func.sig.ident).start(),
    };
    quote_spanned! {at=>
        if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<#returned> {
            return __return;
        }
    }
}

/// Other tokens in the user's own delimiters.
fn regroup(group: &Group, tokens: TokenStream) -> TokenStream {
    let mut regrouped = Group::new(group.delimiter(), tokens);
    regrouped.set_span(group.span());
    TokenTree::Group(regrouped).into_token_stream()
}
