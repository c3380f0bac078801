//! `before_task`: the function may run before its task exists, so that nothing is required of its span.

use super::identity::Identity;
use crate::args::Args;
use crate::catalogue::{Family, TASK_UUID};
use crate::error::Errors;

pub(super) fn check(args: &Args, identity: &Identity, errors: &mut Errors) {
    let Some(key) = &args.before_task else { return };
    let name = identity.name.value();
    if identity.family == Family::Step {
        errors.spanned(key, "a step has its task: `before_task` belongs to task spans");
    } else if identity.within.is_empty() {
        errors.spanned(
            key,
            format!("`{name}` is about a task that exists: `before_task` is for spans of your own, with `within = …`"),
        );
    } else if args.inherit_rest.is_some() || !args.inherit.is_empty() {
        errors.spanned(
            key,
            "`before_task` inherits whatever is known of the task: leave `inherit` out",
        );
    } else if args.gives(TASK_UUID) {
        errors.spanned(
            key,
            "the span has its task: `task_uuid = …`\nleave out `before_task`, or the value",
        );
    }
}
