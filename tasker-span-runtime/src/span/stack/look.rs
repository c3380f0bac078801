//! What the running code is in: the innermost entries, the active span, and whether OpenTelemetry's current context is that of
//! other code.

use triomphe::Arc;

use super::{ContextId, Entered, Entry, SpanStack, with};
use crate::span::local::{LOOKED_AT, LocalSpan};

impl Entry {
    /// Whether OpenTelemetry's current span is still that with which the entry was pushed.
    pub(crate) fn is_current(&self, current: ContextId) -> bool {
        self.contexts[1] == current
    }
}

/// Looks at the innermost entry. `look` must not run other code.
#[inline]
pub(crate) fn innermost<R>(look: impl FnOnce(&Entry) -> R) -> Option<R> {
    with(|stack| stack.entries.last().map(look)).flatten()
}

/// As [`innermost`], without other code's spans that were entered once more: `tracing` adds no events to them.
pub(crate) fn innermost_of_events<R>(look: impl FnOnce(&Entry) -> R) -> Option<R> {
    with(|stack| {
        let mut entries = stack.entries.iter().rev().take(LOOKED_AT);
        entries
            .find(|entry| !matches!(entry.span, Entered::Foreign { is_again: true, .. }))
            .map(look)
    })
    .flatten()
}

/// What a span starts in.
#[derive(Debug, Default)]
pub(in crate::span) struct Surroundings {
    /// The active span.
    pub(in crate::span) enclosing: Option<Arc<LocalSpan>>,
    /// Its work was carried here.
    pub(in crate::span) is_carried: bool,
    /// No span of other code is in between, as a mark or as OpenTelemetry's current one.
    pub(in crate::span) is_alone: bool,
}

#[inline]
pub(in crate::span) fn surroundings() -> Surroundings {
    let current = ContextId::current();
    let surroundings = with(|stack| match stack.entries.last() {
        None => Surroundings {
            is_alone: current == ContextId::default(),
            ..Surroundings::default()
        },
        Some(Entry {
            span: Entered::Local { span, .. },
            is_carried,
            contexts,
            ..
        }) => Surroundings {
            enclosing: Some(Arc::clone(span)),
            is_carried: *is_carried,
            is_alone: contexts[1] == current || !stack.is_of_other_code(current),
        },
        Some(_) => {
            let (enclosing, is_carried) = stack.active().unzip();
            Surroundings {
                enclosing,
                is_carried: is_carried.unwrap_or(false),
                is_alone: false,
            }
        }
    });
    surroundings.unwrap_or_default()
}

/// Whether other code has made OpenTelemetry's current context, inside of the innermost entry: a span of its own, or one of
/// another process.
pub(crate) fn is_context_of_other_code() -> bool {
    let current = ContextId::current();
    with(|stack| stack.is_of_other_code(current)).unwrap_or(false)
}

impl SpanStack {
    fn is_of_other_code(&self, current: ContextId) -> bool {
        // Of a mark, the current context is the span's own.
        match self.entries.split_last() {
            Some((last, below)) if matches!(last.span, Entered::Foreign { .. }) => !is_of_ours(below, current),
            _ => !is_of_ours(&self.entries, current),
        }
    }

    fn active(&self) -> Option<(Arc<LocalSpan>, bool)> {
        let mut entries = self.entries.iter().rev().take(LOOKED_AT);
        entries.find_map(|entry| match &entry.span {
            Entered::Local { span, .. } => Some((Arc::clone(span), entry.is_carried)),
            Entered::Foreign { enclosing, .. } => enclosing.as_ref().map(|span| (Arc::clone(span), true)),
        })
    }
}

/// Whether the context is none, or one with which an entry was pushed. That of an outer entry comes back if guards are dropped
/// out of order.
pub(super) fn is_of_ours(entries: &[Entry], context: ContextId) -> bool {
    let mut entries = entries.iter().rev().take(LOOKED_AT);
    context == ContextId::default() || entries.any(|entry| entry.contexts.contains(&context))
}

/// Looks at the innermost entries, outermost first. `look` must not run other code.
pub(crate) fn near_entries<R>(look: impl FnOnce(&[Entry]) -> R) -> Option<R> {
    with(|stack| look(&stack.entries[stack.entries.len().saturating_sub(LOOKED_AT)..]))
}

/// The active span: the innermost local span, also through spans of other code that were created in one.
#[inline]
pub(crate) fn enclosing() -> Option<Arc<LocalSpan>> {
    with(|stack| stack.active()).flatten().map(|(span, _)| span)
}
