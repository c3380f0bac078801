//! `empty-field`: a field is declared for later, and never filled.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;

pub(super) const RULE: Rule = Rule {
    code: "empty-field",
    title: "an Empty or late field that nothing in the body records",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let Context { function, site, .. } = context;
    if function.body.records_more || !function.has_body {
        return;
    }
    let is_recorded = |name: &str| function.body.records.iter().any(|(recorded, _)| recorded == name);
    for field in site
        .arguments
        .fields
        .iter()
        .filter(|field| field.is_empty && !is_recorded(&field.name))
    {
        let name = &field.name;
        found.push_at(
            field.line,
            field.column,
            format!(
                "`{name}` is `Empty`, and the body does not record it: write `Span::current().record(\"{name}\", …)`"
            ),
        );
    }
    // What may be inherited need not be recorded.
    let is_inherited = |name| {
        site.arguments
            .inherit
            .as_ref()
            .is_some_and(|inherited| inherited.contains(name))
    };
    let ids = site
        .arguments
        .late
        .iter()
        .filter(|name| !is_recorded(name) && !is_inherited(name));
    for name in ids {
        found.push(format!(
            "`{name}` is `late`, and the body does not record it: write `span_record!({name})`"
        ));
    }
}
