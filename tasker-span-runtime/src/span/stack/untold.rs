//! What the subscriber has to be told of, when running code needs a `tracing` span.

use opentelemetry::ContextGuard;
use smallvec::SmallVec;
use triomphe::Arc;

use super::look::is_of_ours;
use super::{ContextId, Entered, Entry, Key, Told, with};
use crate::outcome::caught;
use crate::span::local::{LOOKED_AT, LocalSpan};
use crate::span::promoted::Promoted;
use crate::span::settings::Settings;

/// Local spans that this subscriber was not told of, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Untold {
    pub(crate) spans: SmallVec<[UntoldSpan; 4]>,
    /// The innermost span that was entered once more, and how many of `spans` are below it.
    pub(crate) again: Option<(Key, usize)>,
}

#[derive(Debug)]
pub(crate) struct UntoldSpan {
    pub(crate) span: Arc<LocalSpan>,
    /// Code inside the span has attached another context to OpenTelemetry. Entered now, the span would be above it.
    pub(crate) is_beneath: bool,
}

/// The nearest local spans at the top that this subscriber was not told of. Spans that were entered already are passed over:
/// `tracing` does not make them the current span again.
pub(crate) fn untold(settings: &Settings) -> Untold {
    let current = ContextId::current();
    let untold = with(|stack| {
        let mut untold = Untold::default();
        let mut again = None;
        let (mut inside, mut is_beneath) = (current, false);
        for (index, entry) in stack.entries.iter().enumerate().rev().take(LOOKED_AT) {
            match &entry.span {
                Entered::Local { span, told: Told::No } => {
                    let own = span.settings.as_ref();
                    if !own.is_some_and(|own| std::ptr::eq(&raw const **own, settings)) {
                        break;
                    }
                    is_beneath |= !is_of_ours(&stack.entries[..=index], inside);
                    let span = Arc::clone(span);
                    untold.spans.push(UntoldSpan { span, is_beneath });
                }
                Entered::Local { span, .. } if stack.is_told_below(index, span) => {
                    again = again.or(Some((entry.key, untold.spans.len())));
                }
                Entered::Foreign { is_again: true, .. } => again = again.or(Some((entry.key, untold.spans.len()))),
                _ => break,
            }
            inside = entry.contexts[0];
        }
        untold.again = again.map(|(key, above)| (key, untold.spans.len() - above));
        untold.spans.reverse();
        untold
    });
    untold.unwrap_or_default()
}

/// Holds OpenTelemetry's current context until the entry is removed.
pub(crate) fn keep_context(key: Key, context: ContextGuard) {
    let unused = with(
        |stack| match stack.entries.iter_mut().rev().find(|entry| entry.key == key) {
            Some(Entry {
                attached: attached @ None,
                ..
            }) => {
                *attached = Some(context);
                None
            }
            _ => Some(context),
        },
    );
    caught(|| drop(unused));
}

/// Notes that the subscriber was told: the span was promoted and entered while it was on the stack.
pub(crate) fn set_told(span: &Arc<LocalSpan>, promoted: Promoted) {
    let context = ContextId::current();
    with(|stack| {
        let untold = stack.entries.iter_mut().rev().find(
            |entry| matches!(&entry.span, Entered::Local { span: other, told: Told::No } if Arc::ptr_eq(other, span)),
        );
        if let Some(entry) = untold {
            entry.contexts[1] = context;
            if let Entered::Local { told, .. } = &mut entry.span {
                *told = Told::ByUs(Box::new(promoted));
            }
        }
    });
}
