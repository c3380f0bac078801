//! The path to the runtime's private module, which expansions call.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::hygiene::{Location, generated};

/// `::tasker_span_runtime::__private`, or the same module below another path of the crate.
pub(crate) struct RuntimePath {
    path: TokenStream,
    /// What tokens around the path resolve like.
    site: Span,
}

impl RuntimePath {
    /// Below the `path` of `crate = path`.
    pub(crate) fn new(runtime: Option<&Path>) -> Self {
        let site = generated();
        let path = match runtime {
            None => quote_spanned!(site=> ::tasker_span_runtime::__private),
            Some(path) => {
                let private = quote_spanned!(site=> ::__private);
                quote!(#path #private)
            }
        };
        Self { path, site }
    }

    /// Below the `$crate` of a `macro_rules` macro. The compiler cannot locate an expression of tokens
    /// that resolve differently, so all tokens resolve like `$crate`.
    pub(crate) fn below(krate: &TokenTree) -> Self {
        let site = krate.span();
        let path = quote_spanned!(site=> #krate::__private);
        Self { path, site }
    }

    /// The path in generated code that cannot fail to compile.
    pub(crate) fn tokens(&self) -> &TokenStream {
        &self.path
    }

    /// The location of the user's tokens, for a call of the runtime.
    pub(crate) fn location(&self, tokens: impl ToTokens) -> Location {
        Location::in_code_of(self.site, tokens)
    }

    /// The path of `item`, in a call whose errors belong to the user's tokens at `location`.
    pub(crate) fn item_at(&self, item: &str, location: Location) -> TokenStream {
        let path = location.respan(self.path.clone());
        let item = Ident::new(item, location.end());
        quote_spanned!(location.end()=> #path::#item)
    }
}
