//! One of `fields(name = value, name = %value, name = ?value, name, %name, ?name)`.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Ident, LitStr, Token};

use super::syntax;

/// An attribute of the user's own.
pub(crate) struct Field {
    pub(crate) name: FieldName,
    pub(crate) format: Format,
    pub(crate) value: Expr,
}

#[derive(Clone)]
pub(crate) enum FieldName {
    /// `order.id`
    Path(Punctuated<Ident, Token![.]>),
    /// `"order-id"`
    Literal(LitStr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Value,
    Display,
    Debug,
}

impl FieldName {
    /// The name as it is exported.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Path(path) => path
                .iter()
                .map(|part| part.unraw().to_string())
                .collect::<Vec<_>>()
                .join("."),
            Self::Literal(literal) => literal.value(),
        }
    }
}

impl quote::ToTokens for FieldName {
    fn to_tokens(&self, tokens: &mut proc_macro2::TokenStream) {
        match self {
            Self::Path(path) => path.to_tokens(tokens),
            Self::Literal(literal) => literal.to_tokens(tokens),
        }
    }
}

impl Parse for Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if let Some(format) = format(input)? {
            let name = FieldName::Path(path(input)?);
            return Ok(Self {
                value: shorthand(&name)?,
                name,
                format,
            });
        }
        let name = if input.peek(LitStr) {
            FieldName::Literal(input.parse()?)
        } else {
            FieldName::Path(path(input)?)
        };
        let Some(equals) = input.parse::<Option<Token![=]>>()? else {
            return Ok(Self {
                value: shorthand(&name)?,
                name,
                format: Format::Value,
            });
        };
        let format = format(input)?.unwrap_or(Format::Value);
        let key = match &name {
            FieldName::Path(path) => path.last().cloned(),
            FieldName::Literal(_) => None,
        };
        let value = match key {
            Some(key) => syntax::value(input, &key, equals)?,
            None => input.parse()?,
        };
        Ok(Self { name, format, value })
    }
}

fn format(input: ParseStream<'_>) -> syn::Result<Option<Format>> {
    if input.parse::<Option<Token![%]>>()?.is_some() {
        Ok(Some(Format::Display))
    } else if input.parse::<Option<Token![?]>>()?.is_some() {
        Ok(Some(Format::Debug))
    } else {
        Ok(None)
    }
}

fn path(input: ParseStream<'_>) -> syn::Result<Punctuated<Ident, Token![.]>> {
    let mut path = Punctuated::new();
    path.push_value(name(input)?);
    while let Some(dot) = input.parse::<Option<Token![.]>>()? {
        path.push_punct(dot);
        path.push_value(name(input)?);
    }
    Ok(path)
}

fn name(input: ParseStream<'_>) -> syn::Result<Ident> {
    let expected = |at| syn::Error::new(at, "expected the name of a field: `fields(name = value)`");
    match input.call(Ident::parse_any) {
        Ok(name) if name != "_" => Ok(name),
        Ok(underscore) => Err(expected(underscore.span())),
        Err(error) => Err(expected(error.span())),
    }
}

/// Whether an expression cannot have this word at this place of a path.
fn is_keyword(word: &Ident, at: usize) -> bool {
    let is_self = at == 0 && word == "self";
    !is_self && syn::parse2::<Ident>(word.to_token_stream()).is_err()
}

/// A name alone means the variable, or the field of a variable, of that name.
fn shorthand(name: &FieldName) -> syn::Result<Expr> {
    match name {
        FieldName::Path(path) => match path.iter().enumerate().find(|(at, word)| is_keyword(word, *at)) {
            Some((_, word)) => Err(syn::Error::new_spanned(
                word,
                format!(
                    "`{word}` is a keyword, and no variable: give the field a value, `{} = …`",
                    name.text()
                ),
            )),
            None => syn::parse2(path.to_token_stream()),
        },
        FieldName::Literal(literal) => Err(syn::Error::new_spanned(
            literal,
            format!("`{0}` needs a value: `\"{0}\" = …`", literal.value()),
        )),
    }
}
