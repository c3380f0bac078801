//! `spawn-without-scope`: spawned work loses the active span.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::model::Kind;

pub(super) const RULE: Rule = Rule {
    code: "spawn-without-scope",
    title: "work is spawned inside a span, and does not take it along",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    if !context.is_first || context.site.kind == Kind::Nothing {
        return;
    }
    let method = if context.site.kind.is_ours() {
        "in_current_scope"
    } else {
        "in_current_span"
    };
    for (what, line) in &context.function.body.spawns {
        found.push_at(
            *line,
            1,
            format!("`{what}` runs its work outside of the span: write `.{method}()` behind the future"),
        );
    }
}
