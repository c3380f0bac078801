//! `missing-…`: the ids by which a trace is searched.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::identity::{self, Id};
use crate::audit::model::Kind;

pub(super) const CORRELATION: Rule = Rule {
    code: "missing-correlation-id",
    title: "a span about a task lacks the correlation_id",
    severity: Severity::Warning,
    check: |context, found| check(Id::Correlation, context, found),
};

pub(super) const TASK: Rule = Rule {
    code: "missing-task-uuid",
    title: "a span about a task lacks the task_uuid",
    severity: Severity::Warning,
    check: |context, found| check(Id::Task, context, found),
};

pub(super) const STEP: Rule = Rule {
    code: "missing-step-uuid",
    title: "a span about a step lacks the step_uuid",
    severity: Severity::Warning,
    check: |context, found| check(Id::Step, context, found),
};

pub(super) const NAMESPACE: Rule = Rule {
    code: "missing-namespace",
    title: "a span about a task lacks the namespace",
    severity: Severity::Warning,
    check: |context, found| check(Id::Namespace, context, found),
};

fn check(id: Id, context: &Context<'_>, found: &mut Found<'_>) {
    let Context {
        function, site, about, ..
    } = context;
    let is_by_hand = matches!(site.kind, Kind::Instrument | Kind::Macro(_)) && site.arguments.are_known;
    let is_asked = if id == Id::Step { about.step } else { about.task };
    if is_by_hand && is_asked && identity::has(id, function, site).is_none() {
        let name = id.name();
        found.push(format!("the span lacks `{name}`: no search for it finds the span"));
    }
}
