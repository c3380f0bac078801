//! The spans that a body opens, and what they last for.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{Expr, Local, Macro, Pat, Stmt};

use super::{arguments, bytes, loops, spans};
use crate::audit::model::{Kind, Site};
use crate::audit::scope::{self, Scope};

/// The span that an expression is.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// Opened in this body, by its site.
    Site(usize),
    /// From elsewhere.
    Other,
}

/// The spans of a body, as far as it was read.
pub(super) struct OpenedSpans<'r, 'c> {
    text: &'r str,
    pub(super) scope: &'r mut Scope<'c>,
    pub(super) sites: Vec<Site>,
    /// Variables, and the site whose span each is.
    pub(super) bound: HashMap<String, Which>,
}

impl<'r, 'c> OpenedSpans<'r, 'c> {
    pub(super) fn new(text: &'r str, scope: &'r mut Scope<'c>) -> Self {
        Self {
            text,
            scope,
            sites: Vec::new(),
            bound: HashMap::new(),
        }
    }

    /// A guard lasts for the rest of its block.
    pub(super) fn guard(&mut self, statement: &Stmt, rest: &[Stmt]) {
        let Stmt::Local(local) = statement else { return };
        let Some((name, call)) = binding(local).zip(local.init.as_ref().and_then(|init| spans::entered(&init.expr)))
        else {
            return;
        };
        let Some(site) = self.site_of(&call.receiver) else {
            return;
        };
        let held = loops::await_before_drop(rest, &name);
        let endless: Vec<usize> = rest
            .iter()
            .filter_map(loop_of)
            .filter(|expr| loops::is_endless(expr))
            .map(line_of)
            .collect();
        let index = match site {
            Which::Site(index) => index,
            Which::Other if held.is_none() && endless.is_empty() => return,
            Which::Other => {
                // The span was made elsewhere; its guard is the site.
                let mut site = self.site(Kind::Macro(".enter()".to_owned()), call.method.span(), call.span());
                site.arguments.are_known = false;
                self.sites.push(site);
                self.sites.len() - 1
            }
        };
        self.sites[index].held_over_await.extend(held);
        self.sites[index].endless.extend(endless);
    }

    /// The span that an expression is, if it is one.
    pub(super) fn site_of(&self, expr: &Expr) -> Option<Which> {
        if let Some(mac) = spans::root_macro(expr) {
            self.scope.opened(&mac.path)?;
            let at = bytes(mac.path.span()).start;
            let site = self.sites.iter().position(|site| site.range.start == at);
            return Some(site.map_or(Which::Other, Which::Site));
        }
        if spans::is_current_span(expr) {
            return Some(Which::Other);
        }
        let name = spans::root_name(expr)?;
        match self.bound.get(&name) {
            Some(site) => Some(*site),
            None => spans::is_span_name(&name).then_some(Which::Other),
        }
    }

    fn site(&self, kind: Kind, at: Span, whole: Span) -> Site {
        let start = at.start();
        Site {
            kind,
            line: start.line,
            column: start.column + 1,
            range: bytes(whole),
            arguments: arguments::attribute(TokenStream::new(), self.text),
            is_conditional: false,
            endless: Vec::new(),
            held_over_await: Vec::new(),
        }
    }

    pub(super) fn opened(&mut self, kind: Kind, mac: &Macro) {
        let mut site = self.site(kind, mac.path.span(), mac.path.span());
        let tokens = mac.tokens.clone();
        site.arguments = match &site.kind {
            Kind::Macro(name) => arguments::span_macro(tokens, name == "span!", self.text),
            _ => arguments::attribute(tokens, self.text),
        };
        site.range.end = bytes(mac.delimiter.span().close()).end;
        self.sites.push(site);
    }
}

/// The name of `let name = …`; `_` binds nothing.
pub(super) fn binding(local: &Local) -> Option<String> {
    let mut pat = &local.pat;
    while let Pat::Type(typed) = pat {
        pat = &typed.pat;
    }
    match pat {
        Pat::Ident(pat) => Some(scope::text(&pat.ident)),
        _ => None,
    }
}

/// The loop that a statement is.
pub(super) fn loop_of(statement: &Stmt) -> Option<&Expr> {
    match statement {
        Stmt::Expr(expr @ (Expr::Loop(_) | Expr::While(_)), _) => Some(expr),
        _ => None,
    }
}

pub(super) fn line_of(expr: &Expr) -> usize {
    match expr {
        Expr::Loop(expr) => expr.loop_token.span.start().line,
        Expr::While(expr) => expr.while_token.span.start().line,
        other => other.span().start().line,
    }
}
