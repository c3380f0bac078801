//! `allow-…`: the comments that allow findings are right themselves. They are checked where comments are applied.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;

/// Without a reason, a reader cannot tell later whether the finding is still allowed.
pub const ALLOW_WITHOUT_REASON: Rule = Rule {
    code: "allow-without-reason",
    title: "a comment allows a finding and gives no reason",
    severity: Severity::Warning,
    check: nothing,
};

/// A comment with a mistake allows nothing.
pub const ALLOW_UNKNOWN: Rule = Rule {
    code: "allow-unknown",
    title: "a comment allows a code that does not exist",
    severity: Severity::Warning,
    check: nothing,
};

/// The finding is fixed, so that the comment goes too.
pub const ALLOW_UNUSED: Rule = Rule {
    code: "allow-unused",
    title: "a comment allows a finding that is not there",
    severity: Severity::Warning,
    check: nothing,
};

fn nothing(_: &Context<'_>, _: &mut Found<'_>) {}
