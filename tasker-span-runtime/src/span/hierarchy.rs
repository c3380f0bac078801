//! Whether the catalogue allows a span's parent. A violation is reported in `violation`.

use super::local::LocalSpan;
use crate::catalogue::site::Site;
use crate::catalogue::{Family, Parent};
use crate::subject::state::UNKNOWN;

const TRANSITION: &str = "task.state_transition";

/// The enclosing span of the same task.
#[derive(Clone, Copy, Debug)]
struct Enclosing<'a> {
    name: &'a str,
    /// The catalogue's span in whose position it is.
    position: &'a str,
    family: Family,
    from_state: Option<&'a str>,
    to_state: Option<&'a str>,
}

/// What is wrong with `site` inside `enclosing`, the innermost span of the same task. `None` if it is allowed.
#[inline]
pub(super) fn violation(site: &Site, enclosing: Option<&LocalSpan>) -> Option<String> {
    match enclosing {
        None if site.may_be_alone() => None,
        None => check(site, None),
        Some(enclosing) if site.is_allowed_in(enclosing.site) => None,
        Some(enclosing) => inside(site, enclosing),
    }
}

fn inside(site: &Site, span: &LocalSpan) -> Option<String> {
    span.with_known(|known| {
        let enclosing = Enclosing {
            name: span.site.name(),
            position: span.site.position(),
            family: span.site.family(),
            from_state: known.from_state.as_deref(),
            to_state: known.to_state.as_deref(),
        };
        let violation = check(site, Some(enclosing));
        // A transition is allowed by its states.
        if violation.is_none() && enclosing.position != TRANSITION {
            site.note_allowed_in(span.site);
        }
        violation
    })
}

fn check(site: &Site, enclosing: Option<Enclosing<'_>>) -> Option<String> {
    let within = site.within().map(Parent::Span);
    let allowed = within.as_slice();
    let allowed = if site.is_custom() { allowed } else { site.parents() };
    if is_allowed(allowed, enclosing) {
        return None;
    }
    let position = match enclosing {
        None => "has no parent".to_owned(),
        Some(Enclosing {
            name,
            from_state: Some(from),
            to_state: Some(to),
            ..
        }) => {
            format!("is a child of {name} ({from} → {to})")
        }
        Some(Enclosing { name, .. }) => format!("is a child of {name}"),
    };
    Some(format!(
        "{} {position}; the catalogue allows {}",
        site.name(),
        expectation(allowed)
    ))
}

fn is_allowed(allowed: &[Parent], enclosing: Option<Enclosing<'_>>) -> bool {
    match enclosing {
        // Only these two spans can be pointed at from a process that they do not run in.
        None => {
            allowed.is_empty()
                || allowed.iter().any(|parent| {
                    matches!(
                        parent,
                        Parent::Span("task.orchestration" | "step.execution") | Parent::AnyTaskSpan
                    )
                })
        }
        Some(enclosing) => allowed.iter().any(|parent| match *parent {
            Parent::Span(name) => enclosing.position == name,
            Parent::Transition { from, to } => {
                enclosing.position == TRANSITION
                    && enclosing
                        .from_state
                        .is_none_or(|state| state == from || state == UNKNOWN)
                    && enclosing.to_state.is_none_or(|state| state == to)
            }
            Parent::AnyTaskSpan => enclosing.family == Family::Task,
        }),
    }
}

fn expectation(allowed: &[Parent]) -> String {
    if allowed.is_empty() {
        return "no parent".to_owned();
    }
    let parents = allowed.iter().map(|parent| match parent {
        Parent::Span(name) => (*name).to_owned(),
        Parent::Transition { from, to } => format!("task.state_transition ({from} → {to})"),
        Parent::AnyTaskSpan => "a task span".to_owned(),
    });
    parents.collect::<Vec<_>>().join(" or ")
}
