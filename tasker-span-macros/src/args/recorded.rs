//! The arguments of `span_record!`: `name` or `name = expression`. Meanings are for `record`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Expr, Ident, Token};

use super::list::Named;
use super::syntax;
use crate::error::Errors;

pub(crate) struct Recorded {
    pub(crate) name: Ident,
    /// Without a value, the variable of the same name is meant.
    pub(crate) value: Option<Expr>,
}

impl Recorded {
    pub(crate) fn list(arguments: TokenStream, errors: &mut Errors) -> Vec<Self> {
        let mut list = Vec::new();
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match input.parse() {
                    Ok(argument) => list.push(argument),
                    Err(error) => {
                        errors.push(error);
                        syntax::skip_to_comma(input)?;
                    }
                }
                syntax::separator(input, errors)?;
            }
            Ok(())
        };
        let parsed = parser.parse2(arguments);
        errors.handle(parsed);
        list
    }
}

impl Parse for Recorded {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if begins_with_name(&input.fork()) {
            let Named { name, value } = input.parse()?;
            return Ok(Self { name, value });
        }
        let nameless = "expected the name of an attribute, or a subject: `namespace = …` or `subject = …`";
        let at = input.span();
        Err(match input.fork().parse::<Expr>() {
            Ok(expr) => syn::Error::new_spanned(expr, nameless),
            Err(_) => syn::Error::new(at, nameless),
        })
    }
}

/// Whether a key comes first, and not an expression such as `task.id` or `a == b`.
fn begins_with_name(input: ParseStream<'_>) -> bool {
    input.call(Ident::parse_any).is_ok()
        && (input.is_empty() || input.peek(Token![,]) || input.peek(Token![=]) && !input.peek(Token![==]))
}
