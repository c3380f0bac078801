//! `LocalSpans`: the enclosing spans of a log line that `fmt` does not know, because they are not
//! promoted. The others are `fmt`'s own.

use std::fmt;

use tracing::span::{Id, Record};
use tracing_subscriber::fmt::format::Writer;
use triomphe::Arc;

use crate::span::LocalSpan;
use crate::span::stack::{self, Entered, Told};
use crate::subscriber::with_values;

/// Formats fields as the program's layer does.
pub(super) type FormatFields<'a> = dyn Fn(Writer<'_>, &Record<'_>) -> fmt::Result + 'a;

/// The local spans around the running code that the subscriber was not told of.
#[derive(Debug, Default)]
pub(super) struct LocalSpans {
    /// Outermost first.
    spans: Vec<Arc<LocalSpan>>,
    /// The spans that were entered inside of the first of them, and that `fmt` knows.
    inside: Vec<Id>,
}

impl LocalSpans {
    pub(super) fn current() -> Self {
        let found = stack::entries(|entries| {
            let mut found = Self::default();
            for entry in entries {
                let known = match &entry.span {
                    Entered::Local { span, told: Told::No } => {
                        found.spans.push(Arc::clone(span));
                        None
                    }
                    Entered::Local {
                        told: Told::ByUs(promoted),
                        ..
                    } => Some(promoted.id.clone()),
                    Entered::Local {
                        span,
                        told: Told::ByOtherCode,
                    } => span.promoted().map(|promoted| promoted.id),
                    Entered::Foreign { id, .. } => Some(id.clone()),
                };
                if !found.spans.is_empty() {
                    found.inside.extend(known);
                }
            }
            found
        });
        found.unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// How many of the spans that `fmt` shows, outermost first, enclose the local ones.
    pub(super) fn outer(&self, shown: &[Id]) -> usize {
        shown.iter().take_while(|id| !self.inside.contains(id)).count()
    }

    /// The spans to show, outermost first. Work that was carried here is also in the spans around
    /// its own, which are not on this thread's stack.
    pub(super) fn to_show(&self, shown: &[Id], shows: impl Fn(&LocalSpan) -> bool) -> Vec<ShownSpan<'_>> {
        let is_shown = |span: &LocalSpan| span.promoted().is_some_and(|promoted| shown.contains(&promoted.id));
        let around = self
            .spans
            .first()
            .into_iter()
            .flat_map(|outermost| outermost.ancestors());
        let mut around: Vec<_> = around.take_while(|span| !span.has_ended() && !is_shown(span)).collect();
        around.reverse();
        let all = around.into_iter().chain(&self.spans);
        all.filter(|span| shows(span)).map(|span| ShownSpan(span)).collect()
    }
}

/// A local span, as the `tracing` span that it would be.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownSpan<'a>(&'a LocalSpan);

impl ShownSpan<'_> {
    pub(super) fn name(self) -> &'static str {
        self.0.site.name()
    }

    /// Passes the span's fields to `format`. `None` if there are none.
    pub(super) fn fields<R>(self, format: impl FnOnce(&Record<'_>) -> R) -> Option<R> {
        with_values(self.0, |values| {
            let record = Record::new(values);
            (!record.is_empty()).then(|| format(&record))
        })
    }
}
