//! `guard-over-await`: a span stays entered while another task runs on its thread.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;

pub(super) const RULE: Rule = Rule {
    code: "guard-over-await",
    title: "the guard of a span is held over an await",
    severity: Severity::Error,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    for line in &context.site.held_over_await {
        found.push_at(
            *line,
            1,
            "the guard of the span is held over this `.await`, so that other tasks run inside the span: \
             write `.instrument(span)` around the future"
                .to_owned(),
        );
    }
}
