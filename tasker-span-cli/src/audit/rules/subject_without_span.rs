//! `subject-without-span`: work on a task or step that no trace shows.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::model::Kind;

pub(super) const RULE: Rule = Rule {
    code: "subject-without-span",
    title: "a function works on a task or step and has no span",
    severity: Severity::Note,
    check,
};

/// Their methods return a `Result`, and are no work on a task.
const PLUMBING: [&str; 10] = [
    "AsyncRead",
    "AsyncWrite",
    "Debug",
    "Deserialize",
    "Display",
    "FromStr",
    "Serialize",
    "TryFrom",
    "TryInto",
    "Write",
];

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let Context {
        function, world, about, ..
    } = context;
    let is_plumbing = function.of_trait.as_ref().is_some_and(|of_trait| {
        let name = of_trait.split('<').next().unwrap_or_default();
        name.rsplit("::").next().is_some_and(|name| PLUMBING.contains(&name))
    });
    // Getters and conversions are no work: work waits, or may fail.
    let is_work = function.is_async || world.returns_result(function);
    let is_wanted = context.site.kind == Kind::Nothing && about.task && function.has_body && is_work;
    if is_wanted && !function.is_test && !function.is_const && !is_plumbing {
        let (family, what) = if about.step {
            ("step_span", "step")
        } else {
            ("task_span", "task")
        };
        found.push(format!(
            "the function works on a {what} and has no span: write `#[{family}(…)]`"
        ));
    }
}
