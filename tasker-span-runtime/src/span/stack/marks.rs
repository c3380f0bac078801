//! What the subscriber tells of: spans of other code, and promoted spans that other code enters.

use tracing::span::Id;
use triomphe::Arc;

use super::{ContextId, Entered, Entry, Told, with};
use crate::outcome::caught;
use crate::span::local::{LOOKED_AT, LocalSpan};

/// Pushes a mark for a span of other code.
pub(crate) fn push_foreign(subscriber: usize, id: &Id, enclosing: Option<Arc<LocalSpan>>, is_unsampled: bool) {
    let contexts = [ContextId::current(); 2];
    with(|stack| {
        let mut entries = stack.entries.iter().rev().take(LOOKED_AT);
        let is_again = entries.any(|entry| is_foreign(&entry.span, subscriber, id));
        let span = Entered::Foreign {
            subscriber,
            id: id.clone(),
            enclosing,
            is_unsampled,
            is_again,
        };
        stack.push(|key| Entry::new(key, span, contexts, false));
    });
}

/// Removes the mark.
pub(crate) fn pop_foreign(subscriber: usize, id: &Id) {
    let removed = with(|stack| stack.remove_last(|entered| is_foreign(entered, subscriber, id)));
    caught(|| drop(removed));
}

fn is_foreign(entered: &Entered, subscriber: usize, id: &Id) -> bool {
    matches!(entered, Entered::Foreign { subscriber: other, id: other_id, .. }
        if *other == subscriber && other_id == id)
}

/// Other code entered the `tracing` side of a promoted span, which is active again.
pub(crate) fn push_told(span: Arc<LocalSpan>) {
    let contexts = [ContextId::current(); 2];
    let told = Told::ByOtherCode;
    with(|stack| stack.push(|key| Entry::new(key, Entered::Local { span, told }, contexts, true)));
}

/// Other code left the `tracing` side.
pub(crate) fn pop_told(span: &LocalSpan) {
    let is_it = |entered: &Entered| matches!(entered, Entered::Local { span: other, told: Told::ByOtherCode } if std::ptr::eq(&raw const **other, span));
    drop(with(|stack| stack.remove_last(is_it)));
}
