//! Whether a span stands where the catalogue allows it.

use crate::catalogue::{Family, Parent};
use crate::scope::Scope;
use crate::site::Site;
use crate::state::UNKNOWN;

/// The span that is about to start around, as far as its place is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing<'a> {
    pub(crate) name: &'a str,
    /// The catalogue's span whose place it has.
    pub(crate) place: &'a str,
    pub(crate) family: Family,
    pub(crate) from_state: Option<&'a str>,
    pub(crate) to_state: Option<&'a str>,
}

/// What is wrong with the place of `site` under `enclosing`, the innermost span of the same task; `None` is right.
pub(crate) fn violation(site: &Site, enclosing: Option<&Scope>) -> Option<String> {
    let Some(scope) = enclosing else {
        return check(site, None);
    };
    let attributes = scope.attributes();
    check(
        site,
        Some(Standing {
            name: scope.site.name(),
            place: scope.site.position(),
            family: scope.site.family(),
            from_state: attributes.from_state.as_deref(),
            to_state: attributes.to_state.as_deref(),
        }),
    )
}

fn check(site: &Site, enclosing: Option<Standing<'_>>) -> Option<String> {
    let within = site.within().map(Parent::Span);
    let allowed = within.as_slice();
    let allowed = if site.is_custom() { allowed } else { site.parents() };
    if is_allowed(allowed, enclosing) {
        return None;
    }
    let place = match enclosing {
        None => "has no parent".to_owned(),
        Some(Standing {
            name,
            from_state: Some(from),
            to_state: Some(to),
            ..
        }) => {
            format!("is a child of {name} ({from} → {to})")
        }
        Some(Standing { name, .. }) => format!("is a child of {name}"),
    };
    Some(format!(
        "{} {place}; the catalogue allows {}",
        site.name(),
        expectation(allowed)
    ))
}

fn is_allowed(allowed: &[Parent], enclosing: Option<Standing<'_>>) -> bool {
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
        Some(standing) => allowed.iter().any(|parent| match *parent {
            Parent::Span(name) => standing.place == name,
            Parent::Transition { from, to } => {
                standing.place == "task.state_transition"
                    && standing
                        .from_state
                        .is_none_or(|state| state == from || state == UNKNOWN)
                    && standing.to_state.is_none_or(|state| state == to)
            }
            Parent::AnyTaskSpan => standing.family == Family::Task,
        }),
    }
}

fn expectation(allowed: &[Parent]) -> String {
    if allowed.is_empty() {
        return "no parent".to_owned();
    }
    let places = allowed.iter().map(|parent| match parent {
        Parent::Span(name) => (*name).to_owned(),
        Parent::Transition { from, to } => format!("task.state_transition ({from} → {to})"),
        Parent::AnyTaskSpan => "a task span".to_owned(),
    });
    places.collect::<Vec<_>>().join(" or ")
}
