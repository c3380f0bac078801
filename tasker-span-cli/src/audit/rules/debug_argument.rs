//! `debug-argument`: an argument is recorded by its `Debug`, because it is not skipped.

use super::payload::{is_harmless, is_text, reason};
use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::identity;
use crate::audit::model::Kind;

pub(super) const RULE: Rule = Rule {
    code: "debug-argument",
    title: "an argument is recorded by Debug without being named",
    severity: Severity::Warning,
    check,
};

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let Context {
        function, site, world, ..
    } = context;
    if site.kind != Kind::Instrument {
        return;
    }
    if function.has_self && identity::records("self", site) {
        found.push("`self` is recorded by `Debug`: write `skip(self)`, or `skip_all`".to_owned());
    }
    for parameter in &function.parameters {
        let name = &parameter.name;
        let is_leak = identity::records(name, site)
            && !is_harmless(&parameter.ty, world)
            && !is_text(&parameter.ty)
            && reason(name, Some(&parameter.ty), world).is_none();
        if is_leak {
            let ty = &parameter.ty.text;
            found.push(format!(
                "`{name}: {ty}` is recorded by `Debug`, with all that it holds: write `skip({name})`"
            ));
        }
    }
}
