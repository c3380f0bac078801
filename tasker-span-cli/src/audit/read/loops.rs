//! Loops without an end, and statements that await.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprAsync, ExprAwait, ExprClosure, ExprMethodCall, Item, Lit, Macro, Stmt};

/// Macros that await inside.
const AWAITING: [&str; 4] = ["join", "select", "select_biased", "try_join"];
/// What the main loop of a service waits for.
const WAITS: [&str; 4] = ["accept", "recv", "tick", "changed"];

/// Whether a loop is one that lasts as long as the program: without a way out, or around a wait for messages and ticks.
pub(super) fn is_endless(expr: &Expr) -> bool {
    match expr {
        Expr::Loop(expr) => !leaves(&expr.body) || waits(&expr.body),
        Expr::While(expr) => match &*expr.cond {
            Expr::Lit(literal) => {
                matches!(&literal.lit, Lit::Bool(bool) if bool.value) && (!leaves(&expr.body) || waits(&expr.body))
            }
            Expr::Let(condition) => is_wait(&condition.expr),
            _ => false,
        },
        _ => false,
    }
}

/// `rx.recv().await`
fn is_wait(expr: &Expr) -> bool {
    let mut seen = Waits::default();
    seen.visit_expr(expr);
    seen.awaits && seen.waits
}

fn waits(body: &Block) -> bool {
    let mut seen = Waits::default();
    seen.visit_block(body);
    seen.awaits && seen.waits
}

#[derive(Default)]
struct Waits {
    awaits: bool,
    waits: bool,
}

impl<'ast> Visit<'ast> for Waits {
    fn visit_expr_await(&mut self, expr: &'ast ExprAwait) {
        self.awaits = true;
        visit::visit_expr_await(self, expr);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.waits |= WAITS.iter().any(|wait| call.method == wait);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let selects = mac
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "select" || last.ident == "select_biased");
        self.awaits |= selects;
        self.waits |= selects;
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}

fn leaves(body: &Block) -> bool {
    let mut seen = Exits::default();
    seen.visit_block(body);
    seen.found
}

/// A `break` of the loop itself or to a label, and a `return`. A `?` is an error, not the end of the work.
#[derive(Default)]
struct Exits {
    found: bool,
    inside: usize,
}

impl<'ast> Visit<'ast> for Exits {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Break(exit) => self.found |= self.inside == 0 || exit.label.is_some(),
            Expr::Return(_) => self.found = true,
            Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => {
                self.inside += 1;
                visit::visit_expr(self, expr);
                self.inside -= 1;
                return;
            }
            Expr::Closure(_) | Expr::Async(_) => return,
            _ => {}
        }
        visit::visit_expr(self, expr);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let last = mac.path.segments.last();
        let never_returns = last.is_some_and(|last| last.ident == "panic" || last.ident == "unreachable");
        self.found |= !never_returns && mentions(mac.tokens.clone(), &["break", "return"]);
    }

    fn visit_item(&mut self, _: &'ast Item) {}
}

/// Whether one of the words is among the tokens.
pub(super) fn mentions(tokens: TokenStream, words: &[&str]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => words.iter().any(|word| ident == word),
        TokenTree::Group(group) => mentions(group.stream(), words),
        _ => false,
    })
}

/// The line of the first `.await` in the statements, before the variable is dropped.
pub(super) fn await_before_drop(statements: &[Stmt], guard: &str) -> Option<usize> {
    let mut seen = Awaits::default();
    for statement in statements {
        if drops(statement, guard) {
            break;
        }
        seen.visit_stmt(statement);
    }
    seen.line
}

fn drops(statement: &Stmt, guard: &str) -> bool {
    let Stmt::Expr(Expr::Call(call), _) = statement else {
        return false;
    };
    let is_drop =
        matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "drop"));
    is_drop && matches!(call.args.first(), Some(Expr::Path(path)) if path.path.is_ident(guard))
}

#[derive(Default)]
struct Awaits {
    line: Option<usize>,
}

impl<'ast> Visit<'ast> for Awaits {
    fn visit_expr_await(&mut self, expr: &'ast ExprAwait) {
        visit::visit_expr_await(self, expr);
        self.line.get_or_insert(expr.await_token.span.start().line);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        let last = mac.path.segments.last();
        let awaits = last.is_some_and(|last| AWAITING.iter().any(|name| last.ident == name));
        if let Some(last) = last
            && (awaits || mentions(mac.tokens.clone(), &["await"]))
        {
            self.line.get_or_insert(last.ident.span().start().line);
        }
    }

    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}
