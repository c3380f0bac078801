//! A body: the spans that it opens, what it records on them, and what it spawns.

use std::collections::HashMap;

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprMethodCall, Item, Local, Macro, Stmt};

use super::arguments::string;
use super::opened::{OpenedSpans, Which, binding, line_of, loop_of};
use super::{loops, spans, tokens, types};
use crate::audit::config::Config;
use crate::audit::model::{Body, Site};
use crate::audit::scope::{self, Scope};

/// Macros that log an error.
const ERROR_EVENTS: [&str; 2] = ["error", "warn"];

/// Walks through a body.
pub(super) struct BodyReader<'r, 'c> {
    config: &'r Config,
    body: Body,
    spans: OpenedSpans<'r, 'c>,
    nested: Vec<Item>,
    /// Variables with work that is carried into the active span.
    carried: HashMap<String, bool>,
    /// In work that runs elsewhere without the active span.
    elsewhere: usize,
    /// Macros in macros.
    level: usize,
}

impl<'r, 'c> BodyReader<'r, 'c> {
    pub(super) fn new(text: &'r str, scope: &'r mut Scope<'c>, config: &'r Config) -> Self {
        Self {
            config,
            body: Body::default(),
            spans: OpenedSpans::new(text, scope),
            nested: Vec::new(),
            carried: HashMap::new(),
            elsewhere: 0,
            level: 0,
        }
    }

    pub(super) fn read(&mut self, body: &Block) {
        self.visit_block(body);
    }

    pub(super) fn statements(&mut self, statements: &[Stmt]) {
        self.walk(statements);
    }

    pub(super) fn finish(self) -> (Body, Vec<Site>, Vec<Item>) {
        (self.body, self.spans.sites, self.nested)
    }

    fn walk(&mut self, statements: &[Stmt]) {
        let items = || {
            statements.iter().filter_map(|statement| match statement {
                Stmt::Item(item) => Some(item),
                _ => None,
            })
        };
        let has_imports = items().any(types::is_import);
        if has_imports {
            self.spans.scope.enter_block(items());
        }
        for (index, statement) in statements.iter().enumerate() {
            self.visit_stmt(statement);
            self.spans.guard(statement, &statements[index + 1..]);
        }
        if has_imports {
            self.spans.scope.leave();
        }
    }

    /// Work that runs elsewhere. Its own expression says whether the active span goes along.
    fn spawned<'e>(&mut self, what: String, line: usize, work: impl Iterator<Item = &'e Expr> + Clone) {
        let is_carried = work.clone().any(|work| match work {
            Expr::Path(path) => path
                .path
                .get_ident()
                .is_some_and(|name| self.carried.get(&scope::text(name)) == Some(&true)),
            work => spans::carries(work.to_token_stream()),
        });
        if is_carried {
            work.for_each(|work| self.visit_expr(work));
            return;
        }
        self.body.spawns.push((what, line));
        self.elsewhere += 1;
        work.for_each(|work| self.visit_expr(work));
        self.elsewhere -= 1;
    }

    fn record(&mut self, call: &ExprMethodCall) {
        if self.spans.site_of(&call.receiver).is_none() {
            return;
        }
        match call.args.first().and_then(string) {
            Some(name) => {
                self.body.records_error |= name.contains("error") || name.starts_with("otel.status");
                self.body.records.push((name, call.method.span().start().line));
            }
            None => self.body.records_more = true,
        }
    }

    /// `span_record!(name, name = value, subject = value)`.
    fn span_record(&mut self, mac: &Macro) {
        let mut begins = true;
        for token in mac.tokens.clone() {
            match token {
                proc_macro2::TokenTree::Ident(ident) if begins => {
                    let name = scope::text(&ident);
                    self.body.records_more |= name == "subject";
                    if name != "subject" {
                        self.body.records.push((name, ident.span().start().line));
                    }
                    begins = false;
                }
                proc_macro2::TokenTree::Punct(punct) => begins = punct.as_char() == ',',
                _ => begins = false,
            }
        }
    }

    /// What other macros contain is read as far as it is Rust.
    fn inside(&mut self, mac: &Macro) {
        if self.level > 8 {
            return;
        }
        self.level += 1;
        match tokens::parse(&mac.tokens) {
            tokens::Parsed::Statements(statements) => self.walk(&statements),
            tokens::Parsed::Expressions(expressions) => expressions.iter().for_each(|expr| self.visit_expr(expr)),
            tokens::Parsed::Blocks(blocks) => blocks.iter().for_each(|statements| self.walk(statements)),
        }
        self.level -= 1;
    }
}

impl<'ast> Visit<'ast> for BodyReader<'_, '_> {
    fn visit_block(&mut self, block: &'ast Block) {
        self.walk(&block.stmts);
    }

    fn visit_item(&mut self, item: &'ast Item) {
        self.nested.push(item.clone());
    }

    fn visit_local(&mut self, local: &'ast Local) {
        visit::visit_local(self, local);
        let Some((name, init)) = binding(local).zip(local.init.as_ref()) else {
            return;
        };
        if spans::entered(&init.expr).is_none()
            && (spans::root_macro(&init.expr).is_some() || spans::is_current_span(&init.expr))
            && let Some(site) = self.spans.site_of(&init.expr)
        {
            self.spans.bound.insert(name.clone(), site);
        }
        if spans::is_carried(&init.expr) {
            self.carried.insert(name, true);
        }
    }

    fn visit_expr(&mut self, expr: &'ast Expr) {
        if matches!(expr, Expr::Loop(_) | Expr::While(_)) && self.elsewhere == 0 && loops::is_endless(expr) {
            self.body.endless.push(line_of(expr));
        }
        visit::visit_expr(self, expr);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let last = path
                .path
                .segments
                .last()
                .map(|last| scope::text(&last.ident))
                .unwrap_or_default();
            if !call.args.is_empty() && self.config.spawn_functions.contains(&last) {
                let line = path.span().start().line;
                self.spawned(scope::path_text(&path.path), line, call.args.iter());
                return;
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let name = scope::text(&call.method);
        if !call.args.is_empty() && self.config.spawn_functions.contains(&name) {
            self.visit_expr(&call.receiver);
            self.spawned(format!(".{name}"), call.method.span().start().line, call.args.iter());
            return;
        }
        visit::visit_expr_method_call(self, call);
        match name.as_str() {
            "record" if call.args.len() == 2 => self.record(call),
            "record_error" | "set_status" | "inspect_err" | "record_exception" => self.body.records_error = true,
            // `async { loop { … } }.instrument(info_span!(…))`
            "instrument" | "try_instrument" => {
                let ((work @ Expr::Async(_), Some(span)) | (span, Some(work @ Expr::Async(_)))) =
                    (&*call.receiver, call.args.first())
                else {
                    return;
                };
                let Expr::Async(work) = work else { return };
                if let Some(Which::Site(site)) = self.spans.site_of(span) {
                    let loops = work.block.stmts.iter().filter_map(loop_of);
                    let endless = loops.filter(|expr| loops::is_endless(expr)).map(line_of);
                    self.spans.sites[site].endless.extend(endless);
                }
            }
            _ => {}
        }
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        if let Some(kind) = self.spans.scope.opened(&mac.path) {
            self.spans.opened(kind, mac);
            return;
        }
        let name = mac
            .path
            .segments
            .last()
            .map(|last| scope::text(&last.ident))
            .unwrap_or_default();
        if name == "span_record" {
            self.span_record(mac);
        }
        let is_error = ERROR_EVENTS.contains(&name.as_str())
            || name == "event" && loops::mentions(mac.tokens.clone(), &["ERROR", "WARN"]);
        self.body.records_error |= is_error;
        if self
            .config
            .spawn_macros
            .iter()
            .any(|spawn| spawn.trim_end_matches('!') == name)
        {
            let line = mac.path.span().start().line;
            if !spans::carries(mac.tokens.clone()) {
                self.body.spawns.push((format!("{name}!"), line));
                self.elsewhere += 1;
                self.inside(mac);
                self.elsewhere -= 1;
                return;
            }
        }
        self.inside(mac);
    }
}
