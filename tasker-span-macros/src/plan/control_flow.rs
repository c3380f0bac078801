//! Arguments that would leave the function or a loop in it, or wait. They are read only if a subscriber wants
//! the span, so they must not change the function's behaviour.

use quote::ToTokens;
use syn::visit::{Visit, visit_expr};
use syn::{Expr, ExprAsync, ExprClosure, Item, Label, Lifetime};

use crate::args::Args;
use crate::error::Errors;

pub(super) fn check(args: &Args, errors: &mut Errors) {
    let values = args.values.iter().map(|(_, slot)| &slot.value);
    let subjects = [&args.task, &args.step].into_iter().flatten().map(|slot| &slot.value);
    let fields = args.fields.iter().map(|field| &field.value);
    for expr in values.chain(subjects).chain(fields) {
        let instead = "do it in the function, and make the attribute `late(…)` or an `Option`";
        Search::new(instead, errors).visit_expr(expr);
    }
    if let Some(link) = &args.link {
        let instead = "do it before the function is called; a value that may be missing is an `Option`";
        Search::new(instead, errors).visit_expr(&link.value);
    }
}

struct Search<'a> {
    /// The advice in messages.
    instead: &'static str,
    errors: &'a mut Errors,
    /// The loops of the argument itself around the expression.
    loops: usize,
    /// The labels of the argument itself around the expression.
    labels: Vec<Lifetime>,
}

impl<'a> Search<'a> {
    fn new(instead: &'static str, errors: &'a mut Errors) -> Self {
        Self {
            instead,
            errors,
            loops: 0,
            labels: Vec::new(),
        }
    }

    /// Whether a `break` or `continue` stays inside the argument.
    fn stays(&self, label: Option<&Lifetime>) -> bool {
        label.map_or(self.loops > 0, |label| self.labels.contains(label))
    }

    fn inside(&mut self, label: Option<&Label>, is_loop: bool, visit: impl FnOnce(&mut Self)) {
        let (loops, labels) = (self.loops, self.labels.len());
        self.loops += usize::from(is_loop);
        self.labels.extend(label.map(|label| label.name.clone()));
        visit(self);
        self.labels.truncate(labels);
        self.loops = loops;
    }

    fn report(&mut self, what: &str, tokens: impl ToTokens) {
        let message = format!(
            "{what} would change what the function does, and only if a subscriber wants the span\n{}",
            self.instead
        );
        self.errors.spanned(tokens, message);
    }
}

impl<'ast> Visit<'ast> for Search<'_> {
    fn visit_expr(&mut self, expr: &'ast Expr) {
        match expr {
            Expr::Try(expr) => self.report("a `?` here", expr.question_token),
            Expr::Await(expr) => self.report("an `.await` here", expr.await_token),
            Expr::Return(expr) => self.report("a `return` here", expr.return_token),
            Expr::Break(expr) if !self.stays(expr.label.as_ref()) => self.report("a `break` here", expr.break_token),
            Expr::Continue(expr) if !self.stays(expr.label.as_ref()) => {
                self.report("a `continue` here", expr.continue_token);
            }
            _ => {}
        }
        match expr {
            Expr::Loop(inner) => self.inside(inner.label.as_ref(), true, |search| visit_expr(search, expr)),
            Expr::While(inner) => self.inside(inner.label.as_ref(), true, |search| visit_expr(search, expr)),
            Expr::ForLoop(inner) => self.inside(inner.label.as_ref(), true, |search| visit_expr(search, expr)),
            Expr::Block(inner) => self.inside(inner.label.as_ref(), false, |search| visit_expr(search, expr)),
            _ => visit_expr(self, expr),
        }
    }

    // A `return` inside a closure, an `async` block or an item does not return from the function.
    fn visit_expr_closure(&mut self, _: &'ast ExprClosure) {}
    fn visit_expr_async(&mut self, _: &'ast ExprAsync) {}
    fn visit_item(&mut self, _: &'ast Item) {}
}
