//! The `async` block that a body ends in, and the tokens before and after it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Expr, Path};

/// A body that ends in an `async` block.
pub(crate) struct Tail {
    /// The statements before, and the function of the call around the block: `Box::pin`.
    pub(crate) before: TokenStream,
    /// The parentheses of that call.
    pub(crate) call: Option<Group>,
    /// `async move`
    pub(crate) keywords: TokenStream,
    pub(crate) block: Group,
    /// `.boxed()`
    pub(crate) after: TokenStream,
}

/// `async move { … }`, `Box::pin(async move { … })` or `async move { … }.boxed()`.
pub(super) fn is_future(tail: &Expr) -> bool {
    match tail {
        Expr::Async(_) => true,
        Expr::Call(call) => match (&*call.func, call.args.first()) {
            (Expr::Path(function), Some(Expr::Async(_))) => call.args.len() == 1 && is_box(&function.path),
            _ => false,
        },
        Expr::MethodCall(call) => {
            matches!(*call.receiver, Expr::Async(_))
                && call.args.is_empty()
                && (call.method == "boxed" || call.method == "boxed_local")
        }
        _ => false,
    }
}

/// `Box::pin` or `Box::new`, by whatever path.
pub(super) fn is_box(function: &Path) -> bool {
    let mut segments = function.segments.iter().rev().map(|segment| &segment.ident);
    match (segments.next(), segments.next()) {
        (Some(function), Some(ty)) => ty == "Box" && (function == "pin" || function == "new"),
        _ => false,
    }
}

impl Tail {
    /// Splits the body at the block. The statements before it are left as they were written.
    pub(super) fn split(body: TokenStream) -> Option<Self> {
        let mut trees = body.into_iter().collect::<Vec<_>>();
        match trees.pop()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(Self::at_end(trees, group)),
            TokenTree::Group(call) if call.stream().is_empty() => {
                let (method, dot) = (trees.pop()?, trees.pop()?);
                let after = [dot, method, TokenTree::Group(call)].into_iter().collect();
                match trees.pop()? {
                    TokenTree::Group(group) => Some(Self {
                        after,
                        ..Self::at_end(trees, group)
                    }),
                    _ => None,
                }
            }
            TokenTree::Group(call) => {
                let is_comma = |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ',');
                let argument = call.stream().into_iter().filter(|tree| !is_comma(tree)).collect();
                let tail = Self::split(argument)?;
                Some(Self {
                    before: trees.into_iter().collect(),
                    call: Some(call),
                    ..tail
                })
            }
            _ => None,
        }
    }

    /// The keywords before the block.
    fn at_end(mut before: Vec<TokenTree>, block: Group) -> Self {
        let is_keyword = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "async" || word == "move");
        let keywords = before
            .iter()
            .rposition(|tree| !is_keyword(tree))
            .map_or(0, |last| last + 1);
        let keywords = before.split_off(keywords).into_iter().collect();
        Self {
            before: before.into_iter().collect(),
            call: None,
            keywords,
            block,
            after: TokenStream::new(),
        }
    }
}
