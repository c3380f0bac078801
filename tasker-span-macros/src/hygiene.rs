//! Spans of generated tokens: the scope that they resolve in, and the location of their errors.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;

/// For tokens that no error should be shown at. Local variables are the expansion's own.
pub(crate) fn generated() -> Span {
    Span::mixed_site()
}

/// The user's tokens that a generated call is about: errors are shown there. Lints ignore the call,
/// because its tokens still resolve as generated ones.
#[derive(Clone, Copy)]
pub(crate) struct Location {
    /// What the generated tokens resolve like.
    site: Span,
    start: Span,
    end: Span,
}

impl Location {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        Self::in_code_of(generated(), tokens)
    }

    /// The location of `tokens`, for generated tokens that resolve like those of `site`.
    pub(crate) fn in_code_of(site: Span, tokens: impl ToTokens) -> Self {
        let mut trees = tokens.into_token_stream().into_iter();
        // The parser never returns an empty expression or type.
        let start = trees.next().map_or_else(Span::mixed_site, |tree| first(&tree));
        let end = trees.last().map_or(start, |tree| last(&tree));
        Self { site, start, end }
    }

    /// A span that resolves like generated code.
    pub(crate) fn start(self) -> Span {
        self.site.located_at(self.start)
    }

    pub(crate) fn end(self) -> Span {
        self.site.located_at(self.end)
    }

    /// Moves `tokens` here: the compiler joins the spans of the first and the last token of an
    /// expression.
    pub(crate) fn respan(self, tokens: TokenStream) -> TokenStream {
        let mut start = Some(self.start);
        let respan = |mut tree: TokenTree| {
            tree.set_span(tree.span().located_at(start.take().unwrap_or(self.end)));
            tree
        };
        tokens.into_iter().map(respan).collect()
    }
}

/// The user's tokens at their own locations, marked as tokens of `site`.
pub(crate) fn marked(site: Span, tokens: impl ToTokens) -> TokenStream {
    let mark = |mut tree: TokenTree| match tree {
        TokenTree::Group(group) => {
            let mut marked = Group::new(group.delimiter(), self::marked(site, group.stream()));
            marked.set_span(site.located_at(group.span()));
            TokenTree::Group(marked)
        }
        // `$crate` means the crate of its own span. `gen` is a keyword in this crate's edition, and
        // a lifetime has the edition of its apostrophe.
        TokenTree::Ident(ident) if ident == "$crate" || ident == "gen" => TokenTree::Ident(ident),
        TokenTree::Punct(punct) if punct.as_char() == '\'' => TokenTree::Punct(punct),
        _ => {
            tree.set_span(site.located_at(tree.span()));
            tree
        }
    };
    tokens.into_token_stream().into_iter().map(mark).collect()
}

/// The user's tokens, used again in an expansion. Errors point at them; lints about them, which the
/// user's own code has met already, are silent.
pub(crate) fn quiet(tokens: impl ToTokens) -> TokenStream {
    marked(Span::call_site(), tokens)
}

fn first(tree: &TokenTree) -> Span {
    match tree {
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn last(tree: &TokenTree) -> Span {
    match tree {
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}
