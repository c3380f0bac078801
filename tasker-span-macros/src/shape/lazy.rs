//! Returned values whose work certainly runs later: streams, and iterators that end in an adaptor
//! with a closure. Futures are in `output`.

use syn::{Expr, ExprMethodCall, Ident, Path, Stmt, Type, TypeParamBound};

use super::output::{bounds, inside_box};
use super::tail::is_box;
use crate::func::ungroup;

const STREAMS: &[&str] = &["Stream", "TryStream", "FusedStream", "AsyncIterator"];
const STREAM_ALIASES: &[&str] = &["BoxStream", "LocalBoxStream"];
const ITERATORS: &[&str] = &["Iterator", "DoubleEndedIterator", "ExactSizeIterator", "FusedIterator"];

/// Methods of an iterator that keep their closure for later.
const ADAPTORS: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "inspect",
    "map_while",
    "scan",
    "skip_while",
    "take_while",
];

/// Whether the type is a stream, as far as its name says so.
pub(super) fn is_stream(ty: &Type) -> bool {
    let is_alias = match ungroup(ty) {
        Type::Path(ty) => is_one_of(&ty.path, STREAM_ALIASES),
        _ => false,
    };
    is_alias || is_any_of(ty, STREAMS)
}

pub(super) fn is_iterator(ty: &Type) -> bool {
    is_any_of(ty, ITERATORS)
}

/// The adaptor with a closure that a body ends in.
pub(super) fn adaptor(body: &[Stmt]) -> Option<&Ident> {
    match body.last()? {
        Stmt::Expr(tail, None) => of_tail(tail),
        _ => None,
    }
}

fn of_tail(tail: &Expr) -> Option<&Ident> {
    match tail {
        Expr::MethodCall(call) => {
            let is_adaptor = ADAPTORS.iter().any(|adaptor| call.method == adaptor);
            let is_closure = call.args.iter().any(|argument| matches!(argument, Expr::Closure(_)));
            if is_adaptor && is_closure {
                Some(&call.method)
            } else {
                // `.map(…).take(3)` is as lazy as `.map(…)`.
                is_lazy(call).then(|| of_tail(&call.receiver)).flatten()
            }
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) if is_box(&function.path) => call.args.first().and_then(of_tail),
            _ => None,
        },
        Expr::Paren(paren) => of_tail(&paren.expr),
        Expr::Group(group) => of_tail(&group.expr),
        _ => None,
    }
}

/// Whether the method leaves an iterator as lazy as it was.
fn is_lazy(call: &ExprMethodCall) -> bool {
    let methods = [
        "chain",
        "cloned",
        "copied",
        "cycle",
        "enumerate",
        "fuse",
        "peekable",
        "rev",
        "skip",
        "step_by",
        "take",
        "zip",
    ];
    methods.iter().any(|method| call.method == method)
}

/// Whether the type is an `impl` or `dyn` of one of these traits, or a box of it.
fn is_any_of(ty: &Type, traits: &[&str]) -> bool {
    if let Some(bounds) = bounds(ty) {
        return bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => is_one_of(&bound.path, traits),
            _ => false,
        });
    }
    inside_box(ty).is_some_and(|inner| is_any_of(inner, traits))
}

fn is_one_of(path: &Path, names: &[&str]) -> bool {
    let last = path.segments.last();
    last.is_some_and(|last| names.iter().any(|name| last.ident == name))
}
