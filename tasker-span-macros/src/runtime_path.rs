//! The path to the runtime's private module, which expansions call.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::hygiene::{Location, generated};

/// `::tasker_span_runtime::__private`, or the same module below the `path` of `crate = path`.
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

    /// The same module by a name that generated code gives to it.
    pub(crate) fn renamed(name: &Ident) -> Self {
        Self(name.to_token_stream())
    }

    /// The path in generated code that cannot fail to compile.
    pub(crate) fn tokens(&self) -> &TokenStream {
        &self.0
    }

    /// The path of `item`, in a call whose errors belong to the user's tokens at `location`.
    pub(crate) fn item_at(&self, item: &str, location: Location) -> TokenStream {
        let path = location.respan(self.0.clone());
        let item = Ident::new(item, location.end());
        quote_spanned!(location.end()=> #path::#item)
    }
}
