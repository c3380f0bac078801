//! The user's tokens, used again in generated code.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// The tokens at their own places, marked as the derive's: errors point at them, while lints about deprecated or
/// unidiomatic code, which the struct itself has already met, keep silent.
pub(crate) fn quiet(tokens: impl ToTokens) -> TokenStream {
    tokens.into_token_stream().into_iter().map(token).collect()
}

fn token(mut token: TokenTree) -> TokenTree {
    let span = Span::call_site().located_at(token.span());
    match token {
        TokenTree::Group(group) => {
            let mut quiet = Group::new(group.delimiter(), self::quiet(group.stream()));
            quiet.set_span(span);
            TokenTree::Group(quiet)
        }
        // `$crate` means the crate of its own span, and `gen` is a keyword in this crate's edition.
        TokenTree::Ident(ident) if ident == "$crate" || ident == "gen" => TokenTree::Ident(ident),
        _ => {
            token.set_span(span);
            token
        }
    }
}
