//! Rows for the runtime's `macro_rules`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::Attribute;

/// `name! { callback }` calls `callback!` with the rows.
pub(super) fn callback(name: &str, rows: &TokenStream) -> TokenStream {
    let name = format_ident!("{name}");
    quote! {
        macro_rules! #name {
            ($callback:ident) => { $callback! { #rows } };
        }
        pub(crate) use #name;
    }
}

pub(super) fn name(attribute: &Attribute) -> Ident {
    format_ident!("{}", attribute.name)
}
