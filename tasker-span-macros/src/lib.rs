//! The macros of [`tasker-span-runtime`](https://docs.rs/tasker-span-runtime): depend on that crate, which re-exports
//! them.

mod args;
mod catalogue;
mod derive;
mod error;
mod expand;
mod func;
mod hygiene;
mod invocation;
mod pipeline;
mod plan;
mod runtime_path;
mod shape;
mod suggest;
#[cfg(test)]
mod tests;

use catalogue::Family;
use proc_macro::TokenStream;

#[doc = include_str!("docs/arguments.md")]
#[proc_macro_attribute]
pub fn task_span(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::attribute(Family::Task, args.into(), item.into()).into()
}

#[doc = include_str!("docs/arguments.md")]
#[proc_macro_attribute]
pub fn step_span(args: TokenStream, item: TokenStream) -> TokenStream {
    pipeline::attribute(Family::Step, args.into(), item.into()).into()
}

#[doc = include_str!("docs/scope.md")]
#[proc_macro]
pub fn task_scope(args: TokenStream) -> TokenStream {
    pipeline::scope(Family::Task, args.into()).into()
}

#[doc = include_str!("docs/scope.md")]
#[proc_macro]
pub fn step_scope(args: TokenStream) -> TokenStream {
    pipeline::scope(Family::Step, args.into()).into()
}

/// The catalogue as constants, for the runtime alone.
#[doc(hidden)]
#[proc_macro]
pub fn __catalogue(_input: TokenStream) -> TokenStream {
    catalogue::emit().into()
}

#[allow(
    missing_docs,
    reason = "its documentation, with examples that run, stands where the runtime re-exports it"
)]
#[proc_macro_derive(SpanFields, attributes(span))]
pub fn span_fields(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    derive::derive(&input).into()
}
