//! The syntax of macro arguments: a name, then `key`, `key = expression` or `key(list)`. Meanings
//! are for `args`.

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Ident, Lit, LitStr, Token, token};

use crate::error::Errors;

/// One argument.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    pub(crate) form: Form,
}

pub(crate) enum Form {
    /// `ret`
    Word,
    /// `task = message.task`
    Value(Box<Expr>),
    /// `inherit(namespace)`
    List(Group),
}

/// The first argument, which should be the span's name.
pub(crate) enum Name {
    Literal(LitStr),
    /// Another expression.
    Other(Box<Expr>),
    /// The first argument is another one already; its key.
    Missing(Option<Ident>),
}

pub(crate) struct Syntax {
    pub(crate) name: Name,
    pub(crate) entries: Vec<Entry>,
    /// Some argument could not be read. It may have been the source of any attribute.
    pub(crate) is_broken: bool,
}

impl Syntax {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut syntax = Self {
            name: Name::Missing(None),
            entries: Vec::new(),
            is_broken: false,
        };
        let parsed = (|input: ParseStream<'_>| syntax.read(input, errors)).parse2(tokens);
        if errors.handle(parsed).is_none() {
            syntax.is_broken = true;
        }
        syntax
    }

    fn read(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        match name(input) {
            Ok(name) => self.name = name,
            Err(error) => {
                self.is_broken = true;
                errors.push(error);
            }
        }
        if !matches!(self.name, Name::Missing(_)) {
            self.is_broken |= !separator(input, errors)?;
        }
        while !input.is_empty() {
            match entry(input) {
                Ok(entry) => self.entries.push(entry),
                Err(error) => {
                    self.is_broken = true;
                    errors.push(error);
                    skip_to_comma(input)?;
                }
            }
            self.is_broken |= !separator(input, errors)?;
        }
        Ok(())
    }
}

fn name(input: ParseStream<'_>) -> syn::Result<Name> {
    if input.peek(LitStr) {
        return Ok(Name::Literal(input.parse()?));
    }
    let fork = input.fork();
    if let Ok(key) = fork.call(Ident::parse_any)
        && (fork.peek(Token![=]) || fork.peek(token::Paren) || ["inherit", "ret", "err"].iter().any(|word| key == word))
    {
        return Ok(Name::Missing(Some(key)));
    }
    if input.is_empty() {
        Ok(Name::Missing(None))
    } else {
        Ok(Name::Other(input.parse()?))
    }
}

fn entry(input: ParseStream<'_>) -> syn::Result<Entry> {
    if input.peek(Lit) {
        return Err(input.error("expected an argument, such as `task = …`"));
    }
    let key = input
        .call(Ident::parse_any)
        .map_err(|error| syn::Error::new(error.span(), "expected an argument, such as `task = …`"))?;
    let form = match input.cursor().group(proc_macro2::Delimiter::Parenthesis) {
        Some(_) => match input.parse()? {
            TokenTree::Group(group) => Form::List(group),
            other => return Err(syn::Error::new_spanned(other, "expected a list")),
        },
        None if input.peek(Token![=]) => {
            let equals = input.parse::<Token![=]>()?;
            Form::Value(Box::new(value(input, &key, equals)?))
        }
        None if input.is_empty() || input.peek(Token![,]) => Form::Word,
        None => return Err(input.error(format!("expected `,`, or a value: `{key} = …`"))),
    };
    Ok(Entry { key, form })
}

/// The expression of `key = expression`.
pub(crate) fn value(input: ParseStream<'_>, key: &Ident, equals: Token![=]) -> syn::Result<Expr> {
    // The end of a macro's input has no span of its own, so mistakes there are shown at the key.
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(
            quote::quote!(#key #equals),
            format!("`{key}` needs a value: `{key} = …`"),
        ));
    }
    if input.peek(Token![%]) || input.peek(Token![?]) {
        return Err(input.error(format!(
            "`{key}` takes the value itself: `%` and `?` belong into `fields(…)`"
        )));
    }
    input.parse().map_err(|error| {
        if input.is_empty() {
            syn::Error::new_spanned(key, error)
        } else {
            error
        }
    })
}

/// The comma before the next argument. Returns false if tokens had to be skipped instead.
pub(crate) fn separator(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<bool> {
    if input.is_empty() || input.parse::<Option<Token![,]>>()?.is_some() {
        return Ok(true);
    }
    errors.push(input.error("expected `,`"));
    // In `task_span("task.orchestration" task = t)` only the comma is missing: the argument is
    // read.
    let is_forgotten = input.peek(Ident::peek_any);
    if !is_forgotten {
        skip_to_comma(input)?;
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(is_forgotten)
}

/// Skips the rest of a mistaken argument, so that mistakes in the others are reported as well.
pub(crate) fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
