//! What a dropped scope knows from the scopes around it.

use std::sync::Arc;

use crate::attributes::Attributes;
use crate::layer;
use crate::resolve;
use crate::scope::{self, Scope};

/// The scope around this one, if it is dropped or stands in one that is.
fn next(scope: &Arc<Scope>) -> Option<&Arc<Scope>> {
    if scope.dropped.is_some() && scope.around.get().is_none() {
        match scope::outside(scope) {
            Some(around) => scope.stand_in(&around),
            // While an event is on its way, `tracing` hides a subscriber that is not the global one.
            None if layer::with_current(|_, _| ()).is_none() => {}
            None => scope.stand_alone(),
        }
    }
    scope.around.get()?.as_ref()
}

/// The scopes around a dropped one, innermost first; without `scope` itself.
pub(crate) fn chain(scope: &Arc<Scope>) -> impl Iterator<Item = &Arc<Scope>> {
    std::iter::successors(next(scope), |scope| next(scope))
}

/// Remembers what is around the scope, for work that leaves its thread or outlives it.
pub(crate) fn carry(scope: &Arc<Scope>) {
    chain(scope).for_each(drop);
}

/// The attributes of a scope, which a dropped one completes from the scopes around it only when somebody asks.
pub(crate) fn known(scope: &Arc<Scope>) -> Attributes {
    let own = scope.attributes().clone();
    if scope.dropped.is_none() {
        return own;
    }
    let mut scopes = vec![scope];
    for around in chain(scope) {
        scopes.push(around);
        if around.dropped.is_none() {
            break;
        }
    }
    let known = scopes.into_iter().rev().fold(None, |around, scope| {
        let mut own = scope.attributes().clone();
        if scope.dropped.is_some() {
            resolve::complete(scope.site, &mut own, around.as_ref());
        }
        Some(own)
    });
    known.unwrap_or(own)
}
