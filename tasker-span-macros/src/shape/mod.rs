//! How the function runs its body: at once, as a future, or by returning a future. No other module
//! looks into a body.
//!
//! `async_trait` turns a method into a function that returns `Pin<Box<dyn Future>>`, with
//! `Box::pin(async move { … })` as its last expression.

mod lazy;
mod output;
mod tail;

use syn::parse::Parser;
use syn::{Block, ReturnType, Stmt, Type, parse_quote_spanned};

use crate::func::{Func, ungroup};
use crate::hygiene::Location;
use crate::invocation::Invocation;
use output::{future_output, is_future};
pub(crate) use tail::Tail;

pub(crate) enum Shape {
    Sync,
    Async,
    Future(Tail),
}

/// The type that the function returns, or that its future resolves to.
pub(crate) enum Returns {
    Unit,
    Never,
    Type(Box<Type>),
}

impl Shape {
    pub(crate) fn of(func: &Func, invocation: Invocation) -> syn::Result<Self> {
        let ReturnType::Type(_, ty) = &func.sig.output else {
            return Ok(if func.sig.asyncness.is_some() {
                Self::Async
            } else {
                Self::Sync
            });
        };
        if lazy::is_stream(future_output(ty).unwrap_or(ty)) {
            return Err(lost_stream(ty, invocation));
        }
        let is_async = func.sig.asyncness.is_some();
        if is_async && is_future(ty) {
            return Err(inner_future(ty, invocation));
        }
        if is_async && !lazy::is_iterator(ty) {
            return Ok(Self::Async);
        }
        // A body that is still being typed is for the compiler to judge.
        let plain = if is_async { Self::Async } else { Self::Sync };
        let Ok(statements) = Block::parse_within.parse2(func.body.stream()) else {
            return Ok(plain);
        };
        if lazy::is_iterator(ty) {
            return lazy::adaptor(&statements).map_or(Ok(plain), |adaptor| Err(lost_iterator(adaptor, invocation)));
        }
        let tail = match statements.last() {
            Some(Stmt::Expr(tail, None)) if tail::is_future(tail) => Tail::split(func.body.stream()),
            _ => None,
        };
        match tail {
            Some(tail) => Ok(Self::Future(tail)),
            None if is_future(ty) => Err(lost_future(ty, invocation)),
            None => Ok(plain),
        }
    }
}

impl Returns {
    pub(crate) fn of(func: &Func, shape: Option<&Shape>) -> Self {
        match (&func.sig.output, shape) {
            (ReturnType::Default, _) => Self::Unit,
            (ReturnType::Type(_, ty), Some(Shape::Future(_))) => {
                future_output(ty).map_or_else(|| Self::behind_alias(ty), Self::of_type)
            }
            (ReturnType::Type(_, ty), _) => Self::of_type(ty),
        }
    }

    /// Only the compiler knows the type behind the user's own alias.
    fn behind_alias(ty: &Type) -> Self {
        Self::Type(Box::new(
            parse_quote_spanned!(Location::of(ty).start()=> <#ty as ::core::future::Future>::Output),
        ))
    }

    fn of_type(ty: &Type) -> Self {
        match ungroup(ty) {
            Type::Never(_) => Self::Never,
            Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Unit,
            _ => Self::Type(Box::new(ty.clone())),
        }
    }
}

// A span of these functions would end before their work starts.

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

/// The span covers the future of an `async fn`, and not another future that it resolves to.
fn inner_future(ty: &Type, invocation: Invocation) -> syn::Error {
    syn::Error::new_spanned(
        ty,
        format!(
            "`{}` covers this `async fn`, and not the future that it resolves to, which runs later\n\
             await that future here and return its output, or remove `async` and end the function in `async move {{ … }}`",
            invocation.name()
        ),
    )
}

fn lost_stream(ty: &Type, invocation: Invocation) -> syn::Error {
    let block = invocation.family.block_name();
    syn::Error::new_spanned(
        ty,
        format!(
            "`{}` cannot cover a stream: its items are made after this function has returned\n\
             annotate the function that makes or handles one item, or give that part a span: `{block}!(…)`\n\
             a stream that takes work to open is returned inside a `Result`, and the span covers the opening",
            invocation.name()
        ),
    )
}

fn lost_iterator(adaptor: &syn::Ident, invocation: Invocation) -> syn::Error {
    syn::Error::new_spanned(
        adaptor,
        format!(
            "`{}` cannot cover the closure of `{adaptor}`, which runs after this function has returned\n\
             collect the items here, or annotate the function that consumes the iterator",
            invocation.name()
        ),
    )
}
