//! How the function runs its body: at once, as a future, or by returning a future.
//!
//! The only file that looks into a body, and that knows what `async_trait` makes of a method: a function that returns
//! `Pin<Box<dyn Future>>`, with `Box::pin(async move { … })` as its last expression.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, GenericArgument, Path, PathArguments, ReturnType, Stmt, Token, Type, TypeParamBound};

use crate::func::{Func, ungroup};
use crate::invocation::Invocation;

pub(crate) enum Shape {
    Sync,
    Async,
    Future(Tail),
}

/// What the span's work comes to: what the function returns, or what its future resolves to.
pub(crate) enum Returns {
    Unit,
    Never,
    Type(Type),
    /// Behind an alias of the user's own.
    Unknown,
}

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

impl Shape {
    pub(crate) fn of(func: &Func, invocation: Invocation) -> syn::Result<Self> {
        if func.sig.asyncness.is_some() {
            return Ok(Self::Async);
        }
        // A body that is still being typed is the compiler's to judge.
        let Ok(statements) = Block::parse_within.parse2(func.body.stream()) else {
            return Ok(Self::Sync);
        };
        let tail = match statements.last() {
            Some(Stmt::Expr(tail, None)) if is_future(tail) => Tail::split(func.body.stream()),
            _ => None,
        };
        match (tail, &func.sig.output) {
            (Some(tail), _) => Ok(Self::Future(tail)),
            (None, ReturnType::Type(_, ty)) if future_output(ty).is_some() => Err(lost_future(ty, invocation)),
            (None, _) => Ok(Self::Sync),
        }
    }
}

impl Returns {
    pub(crate) fn of(func: &Func, shape: Option<&Shape>) -> Self {
        match (&func.sig.output, shape) {
            (ReturnType::Default, _) => Self::Unit,
            (ReturnType::Type(_, ty), Some(Shape::Future(_))) => future_output(ty).map_or(Self::Unknown, Self::of_type),
            (ReturnType::Type(_, ty), _) => Self::of_type(ty),
        }
    }

    fn of_type(ty: &Type) -> Self {
        match ungroup(ty) {
            Type::Never(_) => Self::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Unit,
            _ => Self::Type(ty.clone()),
        }
    }
}

/// `async move { … }`, `Box::pin(async move { … })` or `async move { … }.boxed()`.
fn is_future(tail: &Expr) -> bool {
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
fn is_box(function: &Path) -> bool {
    let mut segments = function.segments.iter().rev().map(|segment| &segment.ident);
    match (segments.next(), segments.next()) {
        (Some(function), Some(ty)) => ty == "Box" && (function == "pin" || function == "new"),
        _ => false,
    }
}

impl Tail {
    /// Cuts the tokens around the block. The statements before it stay as they were written.
    fn split(body: TokenStream) -> Option<Self> {
        let mut trees = body.into_iter().collect::<Vec<_>>();
        match trees.pop()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Self::at_end(trees, group),
            TokenTree::Group(call) if call.stream().is_empty() => {
                let (method, dot) = (trees.pop()?, trees.pop()?);
                let after = [dot, method, TokenTree::Group(call)].into_iter().collect();
                match trees.pop()? {
                    TokenTree::Group(group) => Some(Self {
                        after,
                        ..Self::at_end(trees, group)?
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
    fn at_end(mut before: Vec<TokenTree>, block: Group) -> Option<Self> {
        let is_keyword = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "async" || word == "move");
        let keywords = before
            .iter()
            .rposition(|tree| !is_keyword(tree))
            .map_or(0, |last| last + 1);
        let keywords = before.split_off(keywords).into_iter().collect();
        Some(Self {
            before: before.into_iter().collect(),
            call: None,
            keywords,
            block,
            after: TokenStream::new(),
        })
    }
}

/// What a future of this type resolves to; nothing where the type is not known to be one.
fn future_output(ty: &Type) -> Option<&Type> {
    match ungroup(ty) {
        Type::ImplTrait(ty) => output_of_bounds(&ty.bounds),
        Type::TraitObject(ty) => output_of_bounds(&ty.bounds),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            let inner = types(&last.arguments).last()?;
            match last.ident.to_string().as_str() {
                "Pin" | "Box" => future_output(inner),
                "BoxFuture" | "LocalBoxFuture" => Some(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `Output = Type` of a `Future` among the bounds.
fn output_of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
            types(&last.arguments).last()
        }
        _ => None,
    })
}

/// The types among generic arguments, associated ones included.
fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        GenericArgument::AssocType(assoc) => Some(&assoc.ty),
        _ => None,
    })
}

/// A span of such a function would end before its work begins.
fn lost_future(ty: &Type, invocation: Invocation) -> syn::Error {
    syn::Error::new_spanned(
        ty,
        format!(
            "`{}` cannot see the future that this function returns\n\
             make it an `async fn`, or end it in `async move {{ … }}` or `Box::pin(async move {{ … }})`",
            invocation.name()
        ),
    )
}
