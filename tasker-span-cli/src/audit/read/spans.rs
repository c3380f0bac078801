//! Expressions that are spans, and work that is carried into one.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, ExprMethodCall, Macro};

use crate::audit::scope;

/// Methods and functions that carry the active span along, or open another one around work.
const PROPAGATING: [&str; 8] = [
    "in_current_scope",
    "in_current_span",
    "in_scope",
    "in_span",
    "instrument",
    "or_current",
    "try_in_scope",
    "try_instrument",
];

/// Whether the tokens carry the active span along somewhere.
pub(super) fn carries(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => PROPAGATING.iter().any(|name| ident == name),
        TokenTree::Group(group) => carries(group.stream()),
        _ => false,
    })
}

/// The same of an expression, without a look into blocks.
pub(super) fn is_carried(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(call) => propagates_to(&call.method) || is_carried(&call.receiver),
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| propagates_to(&last.ident)),
            _ => false,
        },
        Expr::Paren(paren) => is_carried(&paren.expr),
        _ => false,
    }
}

fn propagates_to(name: &syn::Ident) -> bool {
    PROPAGATING.iter().any(|known| name == known)
}

/// The macro at the root of `info_span!(…)`, `&span!(…)` and `info_span!(…).or_current()`.
pub(super) fn root_macro(expr: &Expr) -> Option<&Macro> {
    match expr {
        Expr::Macro(expr) => Some(&expr.mac),
        Expr::MethodCall(call) => root_macro(&call.receiver),
        Expr::Reference(reference) => root_macro(&reference.expr),
        Expr::Paren(paren) => root_macro(&paren.expr),
        _ => None,
    }
}

/// The variable or field at the root: `span` in `span.clone()`, `self.span` is `span`.
pub(super) fn root_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => path.path.get_ident().map(scope::text),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(name) => Some(scope::text(name)),
            syn::Member::Unnamed(_) => None,
        },
        Expr::MethodCall(call) => root_name(&call.receiver),
        Expr::Reference(reference) => root_name(&reference.expr),
        Expr::Paren(paren) => root_name(&paren.expr),
        _ => None,
    }
}

/// `Span::current()`, alone or with methods behind it.
pub(super) fn is_current_span(expr: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => {
                let mut last = path.path.segments.iter().rev();
                last.next().is_some_and(|last| last.ident == "current")
                    && last.next().is_some_and(|before| before.ident == "Span")
            }
            _ => false,
        },
        Expr::MethodCall(call) => is_current_span(&call.receiver),
        Expr::Reference(reference) => is_current_span(&reference.expr),
        Expr::Paren(paren) => is_current_span(&paren.expr),
        _ => false,
    }
}

/// Whether a name says that a variable is a span.
pub(super) fn is_span_name(name: &str) -> bool {
    name == "span" || name.ends_with("_span") || name.starts_with("span_")
}

/// `x.enter()` or `x.entered()`.
pub(super) fn entered(expr: &Expr) -> Option<&ExprMethodCall> {
    match expr {
        Expr::MethodCall(call) if call.args.is_empty() && (call.method == "enter" || call.method == "entered") => {
            Some(call)
        }
        Expr::Paren(paren) => entered(&paren.expr),
        _ => None,
    }
}
