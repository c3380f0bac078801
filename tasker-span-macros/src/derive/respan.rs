//! The user's tokens, used again in generated code.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::hygiene::marked;

/// The tokens at their own places, marked as the derive's: errors point at them, while lints about deprecated or
/// unidiomatic code, which the struct itself has already met, keep silent.
pub(crate) fn quiet(tokens: impl ToTokens) -> TokenStream {
    marked(Span::call_site(), tokens)
}
