//! `unrecorded-error`: a function returns a `Result`, and its span looks the same after an error.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::model::Kind;

pub(super) const RULE: Rule = Rule {
    code: "unrecorded-error",
    title: "a function returns a Result, and nothing records its error",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let Context {
        function, site, world, ..
    } = context;
    let is_silent = site.kind == Kind::Instrument
        && site.arguments.are_known
        && site.arguments.err.is_none()
        && !function.body.records_error
        && function.has_body;
    if is_silent && world.returns_result(function) {
        found.push("the function returns a `Result`, and nothing records an error: write `err`".to_owned());
    }
}
