//! The arguments of spans: of `#[instrument]`, of span macros and of our macros.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lit, LitStr, Token, parenthesized};

use crate::audit::model::{Arguments, Field};
use crate::audit::scope;

/// Reads the arguments of an attribute, or of one of our macros.
pub(super) fn attribute(tokens: TokenStream, text: &str) -> Arguments {
    let parser = |input: ParseStream<'_>| Ok(parse_attribute(input, text));
    parser.parse2(tokens).unwrap_or_default()
}

/// Reads the arguments of `span!` (with a level first) or `info_span!`.
pub(super) fn span_macro(tokens: TokenStream, has_level: bool, text: &str) -> Arguments {
    let parser = |input: ParseStream<'_>| {
        let mut arguments = Arguments::default();
        arguments.are_known = parse_span_macro(input, has_level, text, &mut arguments).is_ok();
        let _: TokenStream = input.parse()?;
        Ok(arguments)
    };
    parser.parse2(tokens).unwrap_or_default()
}

fn parse_attribute(input: ParseStream<'_>, text: &str) -> Arguments {
    let mut arguments = Arguments {
        are_known: true,
        ..Arguments::default()
    };
    while !input.is_empty() {
        if argument(input, text, &mut arguments).is_err() {
            arguments.are_known = false;
            // Goes on behind the comma: one odd argument hides no others.
            while !input.is_empty() && !input.peek(Token![,]) {
                let _: Result<proc_macro2::TokenTree, _> = input.parse();
            }
        }
        let _: Result<Token![,], _> = input.parse();
    }
    arguments
}

fn argument(input: ParseStream<'_>, text: &str, arguments: &mut Arguments) -> syn::Result<()> {
    if input.peek(LitStr) {
        arguments.name = Some(input.parse::<LitStr>()?.value());
        return Ok(());
    }
    let key = input.call(Ident::parse_any)?;
    let key = scope::text(&key);
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        let value: Expr = input.parse()?;
        let written = slice(&value, text);
        if key == "name" {
            arguments.name = Some(string(&value).unwrap_or(written));
        } else {
            arguments.values.push((key, written));
        }
        return Ok(());
    }
    let inside = if input.peek(syn::token::Paren) {
        let inside;
        parenthesized!(inside in input);
        Some(inside.parse::<TokenStream>()?)
    } else {
        None
    };
    match (key.as_str(), inside) {
        ("skip", Some(inside)) => arguments.skip = names(inside),
        ("skip_all", _) => arguments.skip_all = true,
        ("fields", Some(inside)) => {
            let parser = |input: ParseStream<'_>| fields(input, text);
            arguments.fields = parser.parse2(inside)?;
        }
        ("err", inside) => arguments.err = Some(inside.map(|inside| inside.to_string()).unwrap_or_default()),
        ("ret", inside) => arguments.ret = Some(inside.map(|inside| inside.to_string()).unwrap_or_default()),
        ("inherit", inside) => arguments.inherit = Some(inside.map(names).unwrap_or_default()),
        ("late", Some(inside)) => arguments.late = late(inside),
        (_, _) => arguments.flags.push(key),
    }
    Ok(())
}

fn parse_span_macro(input: ParseStream<'_>, has_level: bool, text: &str, arguments: &mut Arguments) -> syn::Result<()> {
    while input.peek(Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let key = scope::text(&input.call(Ident::parse_any)?);
        input.parse::<Token![:]>()?;
        let value: Expr = input.parse()?;
        arguments.values.push((key, slice(&value, text)));
        input.parse::<Token![,]>()?;
    }
    if has_level {
        let level: Expr = input.parse()?;
        arguments.values.push(("level".to_owned(), slice(&level, text)));
        input.parse::<Token![,]>()?;
    }
    let name: Expr = input.parse()?;
    arguments.name = Some(string(&name).unwrap_or_else(|| slice(&name, text)));
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
        arguments.fields = fields(input, text)?;
    }
    Ok(())
}

fn fields(input: ParseStream<'_>, text: &str) -> syn::Result<Vec<Field>> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        fields.push(field(input, text)?);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(fields)
}

fn field(input: ParseStream<'_>, text: &str) -> syn::Result<Field> {
    let start = input.span().start();
    let mut sigil = parse_sigil(input)?;
    let name = if input.peek(LitStr) {
        input.parse::<LitStr>()?.value()
    } else if input.peek(syn::token::Brace) {
        // `{ CONSTANT } = value`
        let group: proc_macro2::Group = input.parse()?;
        group.stream().to_string()
    } else {
        dotted(input)?
    };
    let mut value = None;
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        sigil = parse_sigil(input)?;
        value = Some(input.parse::<Expr>()?);
    }
    let variable = match &value {
        Some(value) => variable(value),
        None => Some(name.clone()).filter(|name| !name.contains('.')),
    };
    Ok(Field {
        is_empty: value.as_ref().is_some_and(is_empty),
        is_unsigned: sigil.is_none() && value.as_ref().is_some_and(is_unsigned),
        variable,
        value: value.map(|value| slice(&value, text)),
        name,
        sigil,
        line: start.line,
        column: start.column + 1,
    })
}

fn parse_sigil(input: ParseStream<'_>) -> syn::Result<Option<char>> {
    Ok(if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        Some('%')
    } else if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        Some('?')
    } else {
        None
    })
}

fn dotted(input: ParseStream<'_>) -> syn::Result<String> {
    let mut name = scope::text(&input.call(Ident::parse_any)?);
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        name.push('.');
        name.push_str(&scope::text(&input.call(Ident::parse_any)?));
    }
    Ok(name)
}

/// The variable that a value is, or looks into by nothing but a reference.
fn variable(value: &Expr) -> Option<String> {
    match value {
        Expr::Path(path) => path.path.get_ident().map(scope::text),
        Expr::Reference(reference) => variable(&reference.expr),
        Expr::Paren(paren) => variable(&paren.expr),
        _ => None,
    }
}

/// `Empty`, under any path.
fn is_empty(value: &Expr) -> bool {
    match value {
        Expr::Path(path) => path.path.segments.last().is_some_and(|last| last.ident == "Empty"),
        _ => false,
    }
}

/// `x as u64`, `7_u32`, `items.len()`.
fn is_unsigned(value: &Expr) -> bool {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Int(int) => UNSIGNED.contains(&int.suffix()),
            _ => false,
        },
        Expr::Cast(cast) => UNSIGNED.contains(&cast.ty.to_token_stream().to_string().as_str()),
        Expr::MethodCall(call) => call.args.is_empty() && (call.method == "len" || call.method == "count"),
        Expr::Paren(paren) => is_unsigned(&paren.expr),
        _ => false,
    }
}

/// Integers that `tracing` records as `u64` or `u128`.
pub(in crate::audit) const UNSIGNED: [&str; 6] = ["u8", "u16", "u32", "u64", "u128", "usize"];

fn names(tokens: TokenStream) -> Vec<String> {
    tokens
        .into_iter()
        .filter_map(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => Some(scope::text(&ident)),
            _ => None,
        })
        .collect()
}

/// The names in `late(…)` without a closure.
fn late(tokens: TokenStream) -> Vec<String> {
    let parser = |input: ParseStream<'_>| {
        let mut names = Vec::new();
        while !input.is_empty() {
            let name = scope::text(&input.call(Ident::parse_any)?);
            if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                input.parse::<Expr>()?;
            } else {
                names.push(name);
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(names)
    };
    parser.parse2(tokens).unwrap_or_default()
}

pub(super) fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// A piece of syntax as it is written in the file.
pub(super) fn slice(node: &impl Spanned, text: &str) -> String {
    at(node.span(), text).to_owned()
}

pub(super) fn at(span: Span, text: &str) -> &str {
    text.get(span.byte_range()).unwrap_or_default()
}
