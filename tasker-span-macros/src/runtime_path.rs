//! The path to what expansions call.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;

use crate::hygiene::{Location, generated};

/// `::tasker_span_runtime::__private`, or the same inside the `path` of `crate = path`.
pub(crate) struct RuntimePath(TokenStream);

impl RuntimePath {
    pub(crate) fn new(runtime: Option<&Path>) -> Self {
        Self(match runtime {
            None => quote_spanned!(generated()=> ::tasker_span_runtime::__private),
            Some(path) => {
                let private = quote_spanned!(generated()=> ::__private);
                quote!(#path #private)
            }
        })
    }

    /// For what no error can fall on.
    pub(crate) fn tokens(&self) -> &TokenStream {
        &self.0
    }

    /// The path of `item`, for a call whose errors belong to the user's tokens at `location`.
    pub(crate) fn item_at(&self, item: &str, location: Location) -> TokenStream {
        let path = location.respan(self.0.clone());
        let item = proc_macro2::Ident::new(item, location.end());
        quote_spanned!(location.end()=> #path::#item)
    }
}
