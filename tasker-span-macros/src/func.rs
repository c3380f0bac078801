//! The annotated function: its signature parsed, its body as tokens. Bodies are parsed in `shape`
//! only.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{AttrStyle, Attribute, FnArg, Ident, LitStr, Pat, PatType, Signature, Token, Type, Visibility};

use crate::invocation::Invocation;

pub(crate) struct Func {
    attrs: Vec<Attribute>,
    vis: Visibility,
    pub(crate) sig: Signature,
    /// The user's own block. Its edition and drop order follow these braces.
    pub(crate) body: Group,
}

/// A parameter that is one plain name.
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) attrs: &'a [Attribute],
}

impl Func {
    /// Fails with one error if the item is not a function with a body.
    pub(crate) fn parse(item: TokenStream, invocation: Invocation) -> syn::Result<Self> {
        let parser = |input: ParseStream<'_>| Self::parse_item(input, invocation);
        parser.parse2(ungrouped(item))
    }

    fn parse_item(input: ParseStream<'_>, invocation: Invocation) -> syn::Result<Self> {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let sig = match input.fork().parse::<Signature>() {
            Ok(_) => input.parse::<Signature>()?,
            Err(error) => return Err(not_a_function(input, invocation).unwrap_or(error)),
        };
        let name = invocation.name();
        if let Some(token) = &sig.constness {
            let message =
                format!("a `const fn` runs at compile time, where there are no spans: remove `const` or `{name}`");
            return Err(syn::Error::new_spanned(token, message));
        }
        if input.peek(Token![;]) {
            let message =
                format!("this function has no body that a span could cover: put `{name}` on its implementations");
            return Err(syn::Error::new_spanned(&sig.ident, message));
        }
        let (lifted, body) = body(input)?;
        attrs.extend(lifted);
        Ok(Self { attrs, vis, sig, body })
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<Parameter<'_>> {
        self.sig.inputs.iter().find_map(|input| match input {
            FnArg::Typed(PatType { pat, ty, attrs, .. }) => match &**pat {
                Pat::Ident(pat) if pat.subpat.is_none() && pat.ident.unraw() == name => Some(Parameter {
                    name: &pat.ident,
                    ty,
                    attrs,
                }),
                _ => None,
            },
            FnArg::Receiver(_) => None,
        })
    }

    /// The function with another body.
    pub(crate) fn with_body(&self, body: impl ToTokens) -> TokenStream {
        let mut tokens = TokenStream::new();
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(&mut tokens);
        self.sig.to_tokens(&mut tokens);
        body.to_tokens(&mut tokens);
        tokens
    }
}

/// The type inside parentheses and the invisible groups that `macro_rules` puts around a `$ty`.
pub(crate) fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        other => other,
    }
}

/// An item that is `$item` of a `macro_rules`.
fn ungrouped(item: TokenStream) -> TokenStream {
    let mut trees = item.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => ungrouped(group.stream()),
        _ => item,
    }
}

/// The block, and its inner attributes as outer attributes: statements cannot come before them.
fn body(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Group)> {
    let block = match input.parse::<TokenTree>()? {
        TokenTree::Group(group) => unwrap_block(group),
        other => return Err(syn::Error::new_spanned(other, "expected the function's block")),
    };
    let split = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?));
    match split.parse2(block.stream()) {
        Ok((mut attrs, rest)) if !attrs.is_empty() => {
            for attr in &mut attrs {
                attr.style = AttrStyle::Outer;
            }
            let mut stripped = Group::new(Delimiter::Brace, rest);
            stripped.set_span(block.span());
            Ok((attrs, stripped))
        }
        _ => Ok((Vec::new(), block)),
    }
}

/// A `$block` of a `macro_rules` arrives in an invisible group.
fn unwrap_block(group: Group) -> Group {
    if group.delimiter() == Delimiter::None
        && let Some(TokenTree::Group(inner)) = group.stream().into_iter().next()
    {
        return unwrap_block(inner);
    }
    group
}

/// The error about an item that is no function.
fn not_a_function(input: ParseStream<'_>, invocation: Invocation) -> Option<syn::Error> {
    let name = invocation.name();
    let rest = input.fork();
    while let Ok(word) = rest.call(Ident::parse_any) {
        let what = match word.to_string().as_str() {
            "fn" => return None,
            "const" if !is_qualifier(&rest) => "a constant".to_owned(),
            "static" => "a static".to_owned(),
            "type" => "the alias of a type".to_owned(),
            "use" => "an import".to_owned(),
            // Only functions in an `extern` block are declared as `safe`.
            "safe" => "a declaration: its body is elsewhere".to_owned(),
            "const" | "unsafe" | "extern" | "async" | "auto" => {
                // The text of `extern "C"`.
                rest.parse::<Option<LitStr>>().ok()?;
                continue;
            }
            "impl" => "an `impl` block: put it on the methods whose work a span should show".to_owned(),
            "trait" => "a trait: put it on the methods of its implementations".to_owned(),
            "mod" => "a module: put it on the functions whose work a span should show".to_owned(),
            "struct" | "enum" | "union" => "a type: `#[derive(SpanFields)]` makes it a source of attributes".to_owned(),
            "let" => format!(
                "a statement: `{}!` gives a span to a part of a function",
                invocation.family.block_name()
            ),
            _ => "something else".to_owned(),
        };
        return Some(syn::Error::new_spanned(
            word,
            format!("`{name}` goes on functions, and this is {what}"),
        ));
    }
    Some(input.error(format!("`{name}` goes on functions, and this is something else")))
}

/// Whether the `const` before this belongs to a function.
fn is_qualifier(rest: ParseStream<'_>) -> bool {
    rest.peek(Token![fn]) || rest.peek(Token![async]) || rest.peek(Token![unsafe]) || rest.peek(Token![extern])
}
