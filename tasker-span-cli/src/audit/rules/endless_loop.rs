//! `endless-loop`: a span that lasts as long as the program.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;

pub(super) const RULE: Rule = Rule {
    code: "endless-loop",
    title: "a span lasts for a loop without an end",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let of_function: &[usize] = if context.site.kind.is_attribute() {
        &context.function.body.endless
    } else {
        &[]
    };
    for line in of_function.iter().chain(&context.site.endless) {
        found.push_at(
            *line,
            1,
            "the span lasts for this loop, and is exported when the program ends, if ever: \
             open a span for each round"
                .to_owned(),
        );
    }
}
