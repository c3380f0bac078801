//! The scopes that are entered on this thread.

use std::cell::RefCell;
use std::sync::Arc;

use super::Scope;

thread_local! {
    /// The scopes that are entered on this thread, innermost last.
    static ENTERED: RefCell<Vec<Arc<Scope>>> = const { RefCell::new(Vec::new()) };
}

/// Whether the thread is dropping its thread-locals. The subscriber's may be gone by then, and a panic would abort the
/// process.
#[inline]
pub(crate) fn is_thread_ending() -> bool {
    ENTERED.try_with(|_| ()).is_err()
}

/// Makes a scope the thread's current one until dropped; never held across an `.await`.
#[derive(Debug)]
pub(crate) struct Entered(Arc<Scope>);

pub(crate) fn enter(scope: Arc<Scope>) -> Entered {
    // Access fails only while the thread ends, where no scope matters any more.
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push(Arc::clone(&scope)));
    Entered(scope)
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Guards may be dropped in any order.
        let left = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            let index = entered.iter().rposition(|scope| Arc::ptr_eq(scope, &self.0))?;
            Some(entered.remove(index))
        });
        drop(left);
    }
}

/// Looks at the innermost scope that is entered on this thread, where there is one.
#[inline]
pub(crate) fn innermost<R>(look: impl FnOnce(&Arc<Scope>) -> R) -> Option<R> {
    ENTERED
        .try_with(|entered| entered.borrow().last().map(look))
        .ok()
        .flatten()
}

/// The scopes that are entered on this thread, innermost first.
pub(super) fn all() -> Vec<Arc<Scope>> {
    let entered = ENTERED.try_with(|entered| entered.borrow().iter().rev().cloned().collect());
    entered.unwrap_or_default()
}

/// The scope and those that were entered inside of it; none where it is not entered on this thread.
pub(super) fn from(scope: &Arc<Scope>) -> Vec<Arc<Scope>> {
    let inside = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        let own = entered.iter().rposition(|other| Arc::ptr_eq(other, scope));
        own.map(|own| entered[own..].to_vec()).unwrap_or_default()
    });
    inside.unwrap_or_default()
}

/// Whether any of them is such a one.
pub(super) fn any(is_such: impl Fn(&Scope) -> bool) -> bool {
    let any = ENTERED.try_with(|entered| entered.borrow().iter().any(|scope| is_such(scope)));
    any.unwrap_or(false)
}

/// The innermost scope that is entered on this thread.
#[inline]
pub(crate) fn innermost_entered() -> Option<Arc<Scope>> {
    innermost(Arc::clone)
}

/// Whether the running code is inside of a scope that sampling has dropped.
#[inline]
pub(crate) fn is_dropped() -> bool {
    innermost(|scope| scope.dropped.is_some()).unwrap_or(false)
}

/// A tracing span and its scope, entered together.
pub(crate) type EnteredBoth<'a> = Option<(tracing::span::Entered<'a>, Option<Entered>)>;

/// Makes both current until dropped; neither while the thread ends.
pub(crate) fn enter_both<'a>(span: &'a tracing::Span, scope: Option<&Arc<Scope>>) -> EnteredBoth<'a> {
    (!is_thread_ending()).then(|| (span.enter(), scope.map(|scope| enter(Arc::clone(scope)))))
}
