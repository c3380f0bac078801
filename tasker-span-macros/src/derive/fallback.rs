//! What a struct with mistakes expands to: the errors, and impls of every trait, so that no follow-up errors appear where
//! the type is used.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::ast::Input;
use super::expand::{attribute, subject};
use super::generics::Target;
use super::supply::Supply;

pub(crate) fn expand(input: &Input<'_>, error: &syn::Error) -> TokenStream {
    let target = Target::new(input);
    let error = error.to_compile_error();
    let subject = subject(&target);
    let this = Ident::new("self", Span::call_site());
    let absent = quote!(::core::option::Option::None);
    let attributes = Supply::all().map(|supply| attribute(&target, supply, &[], &this, &absent));
    quote!(#error #subject #(#attributes)*)
}
