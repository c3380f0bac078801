//! The syntax of `#[span(…)]`, on fields and on the struct: entries between commas. Their meaning
//! is in `read`.

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, LitStr, Meta, Token, parenthesized, token};

use super::text;
use crate::error::Errors;

/// One entry.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    /// `namespace`
    Word,
    /// `nested(task_uuid, correlation_id)`
    List(Vec<Ident>),
    /// `namespace = self.meta.namespace()`
    Value(Expr),
}

/// The `#[span(…)]` attributes of one field or struct.
#[derive(Default)]
pub(crate) struct Entries {
    pub(crate) list: Vec<Entry>,
    /// Whether there was an attribute, even a broken one.
    pub(crate) present: bool,
}

impl Entries {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut entries = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("span")) {
            entries.present = true;
            match &attribute.meta {
                Meta::List(list) if !list.tokens.is_empty() => {
                    let parsed = list.parse_args_with(|input: ParseStream<'_>| entries.extend(input, errors));
                    errors.handle(parsed);
                }
                Meta::Path(_) | Meta::List(_) => errors.spanned(attribute, text::BARE),
                Meta::NameValue(pair) => errors.spanned(&pair.value, "written in parentheses: `#[span(namespace)]`"),
            }
        }
        entries
    }

    /// Skips to the next comma after a mistake, so that other mistakes are reported as well.
    fn extend(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        while !input.is_empty() {
            if let Some(entry) = errors.handle(input.parse()) {
                self.list.push(entry);
                if !input.is_empty() && !input.peek(Token![,]) {
                    errors.push(input.error("expected `,`"));
                }
            }
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = name(input)?;
        let form = if input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            let names = names(&content);
            // Tokens that are left over would be reported a second time.
            while !content.is_empty() {
                content.parse::<TokenTree>()?;
            }
            Form::List(names?)
        } else if input.parse::<Option<Token![=]>>()?.is_some() {
            Form::Value(input.parse()?)
        } else {
            Form::Word
        };
        Ok(Self { key, form })
    }
}

fn names(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let mut names = Vec::new();
    while !input.is_empty() {
        names.push(name(input)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(names)
}

/// A name, or a keyword: `crate` is a key, and other keywords deserve the message about names.
fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(LitStr) {
        let text = input.parse::<LitStr>()?;
        let message = format!("written without quotes: `{}`", text.value());
        return Err(syn::Error::new(text.span(), message));
    }
    Ident::parse_any(input)
        .map_err(|error| syn::Error::new(error.span(), "expected the name of an attribute, such as `namespace`"))
}
