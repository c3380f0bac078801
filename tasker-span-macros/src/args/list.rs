//! The parentheses of `inherit(…)`, `late(…)`, `fields(…)`, `ret(…)` and `err(…)`.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Ident, LitStr, Token, parenthesized};

use super::syntax;
use crate::error::Errors;
use crate::suggest::did_you_mean;

/// `namespace`, or `namespace = |ok| …`
pub(crate) struct Named {
    pub(crate) name: Ident,
    pub(crate) value: Option<Expr>,
}

impl Parse for Named {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal = input.parse::<LitStr>()?;
            return Err(syn::Error::new_spanned(
                &literal,
                format!("written without quotes: `{}`", literal.value()),
            ));
        }
        let name = input
            .call(Ident::parse_any)
            .map_err(|error| syn::Error::new(error.span(), "expected the name of an attribute, such as `namespace`"))?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(equals) => Some(syntax::value(input, &name, equals)?),
            None => None,
        };
        Ok(Self { name, value })
    }
}

/// Adds the elements between the commas to `into`. Returns false if an element could not be read.
pub(crate) fn elements<T: Parse>(group: Group, into: &mut Vec<T>, errors: &mut Errors) -> bool {
    let mut is_whole = true;
    let parser = |input: ParseStream<'_>| {
        // The end of a list in its own parentheses has a span that an error can be shown at.
        let list;
        parenthesized!(list in input);
        while !list.is_empty() {
            match list.parse() {
                Ok(element) => into.push(element),
                Err(error) => {
                    is_whole = false;
                    errors.push(error);
                    syntax::skip_to_comma(&list)?;
                }
            }
            is_whole &= syntax::separator(&list, errors)?;
        }
        Ok(())
    };
    let parsed = parser.parse2(TokenTree::Group(group).into());
    errors.handle(parsed).is_some() && is_whole
}

/// The one word of `ret(Debug)`. `no_level` says why it takes no level, unlike that of `#[instrument]`.
pub(crate) fn word<T: Copy>(group: &Group, known: &[(&'static str, T)], no_level: &str) -> syn::Result<T> {
    if let Some((level, is_alone)) = level(group) {
        let removed = if is_alone { "(level = …)" } else { "level = …" };
        return Err(syn::Error::new_spanned(
            level,
            format!("{no_level}: remove `{removed}`"),
        ));
    }
    let mut trees = group.stream().into_iter();
    let written = match (trees.next(), trees.next()) {
        (Some(TokenTree::Ident(word)), None) => word.to_string(),
        _ => String::new(),
    };
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == written) {
        return Ok(*value);
    }
    let names = || known.iter().map(|(name, _)| *name);
    let list = names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = format!("expected one of {list}{}", did_you_mean(&written, names()));
    if group.stream().is_empty() {
        Err(syn::Error::new_spanned(group, message))
    } else {
        Err(syn::Error::new_spanned(group.stream(), message))
    }
}

/// The tokens of `level = …`, and whether there are no others.
fn level(group: &Group) -> Option<(TokenStream, bool)> {
    let trees = group.stream().into_iter().collect::<Vec<_>>();
    let is_punct =
        |tree: Option<&TokenTree>, sign| matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign);
    let is_level = |tree: &TokenTree| matches!(tree, TokenTree::Ident(key) if key == "level");
    let start = (0..trees.len()).find(|&at| is_level(&trees[at]) && is_punct(trees.get(at + 1), '='))?;
    let rest = &trees[start..];
    let end = (0..rest.len())
        .find(|&at| is_punct(rest.get(at), ','))
        .unwrap_or(rest.len());
    let level = rest[..end].iter().cloned().collect();
    Some((level, start == 0 && end + 1 >= rest.len()))
}
