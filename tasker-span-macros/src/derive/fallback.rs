//! The expansion of a struct with mistakes: the errors, and impls of every trait, so that uses of
//! the type are not errors as well.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::ast::Input;
use super::expand::{attribute, subject, task_fields};
use super::generics::Target;
use crate::catalogue::supplies;

pub(crate) fn expand(input: &Input<'_>, error: &syn::Error) -> TokenStream {
    let target = Target::new(input);
    let error = error.to_compile_error();
    let subject = subject(&target, &[]);
    let this = Ident::new("self", Span::call_site());
    let absent = quote!(::core::option::Option::None);
    let attributes = supplies().map(|supplied| attribute(&target, supplied, &[], &this, &absent));
    let fields = task_fields(&target, &[], &[]);
    quote!(#error #subject #(#attributes)* #fields)
}
