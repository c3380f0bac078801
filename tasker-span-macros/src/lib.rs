//! The macros of [`tasker-span-runtime`](https://docs.rs/tasker-span-runtime). Depend on that
//! crate, which re-exports them.

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
mod record;
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

#[doc = include_str!("docs/arguments.md")]
#[proc_macro]
pub fn task_scope(args: TokenStream) -> TokenStream {
    pipeline::block(Family::Task, args.into()).into()
}

#[doc = include_str!("docs/arguments.md")]
#[proc_macro]
pub fn step_scope(args: TokenStream) -> TokenStream {
    pipeline::block(Family::Step, args.into()).into()
}

/// `span_record!`, after the path of the runtime crate.
#[doc(hidden)]
#[proc_macro]
pub fn __record(input: TokenStream) -> TokenStream {
    record::record(input.into()).into()
}

/// The catalogue in the runtime's types, for the runtime alone.
#[doc(hidden)]
#[proc_macro]
pub fn __catalogue(_input: TokenStream) -> TokenStream {
    catalogue::emit().into()
}

#[allow(
    missing_docs,
    reason = "the runtime documents the derive, with examples that this crate cannot run"
)]
#[proc_macro_derive(SpanFields, attributes(span))]
pub fn span_fields(input: TokenStream) -> TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    derive::derive(&input).into()
}
