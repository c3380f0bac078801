//! `LineSpan`: a span of a log line, which `fmt` knows or which is local. `text` and `json` write
//! them.

use std::cell::OnceCell;
use std::fmt;

use tracing::span::{Id, Record};
use tracing_subscriber::fmt::format::Writer;
use triomphe::Arc;

use crate::span::LocalSpan;
use crate::span::stack::{self, Entered};
use crate::subscriber::{Relation, with_values};

/// Formats fields as the program's layer does.
pub(super) type FormatFields<'a> = dyn Fn(Writer<'_>, &Record<'_>) -> fmt::Result + 'a;

/// A span that `fmt` knows: other code's, or a promoted local span.
#[derive(Debug)]
pub(super) struct KnownSpan {
    pub(super) id: Id,
    pub(super) name: &'static str,
    pub(super) relation: Relation,
    /// As `fmt` has formatted them, if the line needs them.
    pub(super) fields: OnceCell<String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum LineSpan<'a> {
    Known(&'a KnownSpan),
    Local(&'a LocalSpan),
}

impl LineSpan<'_> {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Known(span) => span.name,
            Self::Local(span) => span.site.name(),
        }
    }

    pub(super) fn is_local(&self) -> bool {
        matches!(self, Self::Local(_))
    }

    /// Writes the span's fields, if it has any, between these texts.
    pub(super) fn write_fields(
        &self,
        writer: &mut Writer<'_>,
        format: &FormatFields<'_>,
        [start, end]: [&str; 2],
    ) -> fmt::Result {
        let between = |writer: &mut Writer<'_>, write: &dyn Fn(&mut Writer<'_>) -> fmt::Result| {
            writer.write_str(start)?;
            write(writer)?;
            writer.write_str(end)
        };
        match self {
            Self::Known(span) => match span.fields.get().filter(|fields| !fields.is_empty()) {
                Some(fields) => between(writer, &|writer| writer.write_str(fields)),
                None => Ok(()),
            },
            Self::Local(span) => with_values(span, |values| {
                let values = Record::new(values);
                if values.is_empty() {
                    return Ok(());
                }
                between(writer, &|writer| format(writer.by_ref(), &values))
            }),
        }
    }
}

impl KnownSpan {
    fn is(&self, span: &LocalSpan) -> bool {
        matches!(&self.relation, Relation::Is(own) if is_same(own, span))
    }
}

fn is_same(one: &LocalSpan, other: &LocalSpan) -> bool {
    std::ptr::eq(one, other)
}

/// The nearest spans that the running code is in, innermost first, as the span stack has them.
#[derive(Debug, Default)]
pub(super) struct Running(Vec<Item>);

#[derive(Debug)]
enum Item {
    Local(Arc<LocalSpan>),
    /// A span of other code, created in this local span.
    Foreign(Id, Option<Arc<LocalSpan>>),
}

impl Item {
    fn local(&self) -> Option<&Arc<LocalSpan>> {
        match self {
            Self::Local(span) => Some(span),
            Self::Foreign(_, enclosing) => enclosing.as_ref(),
        }
    }

    fn is(&self, known: &KnownSpan) -> bool {
        matches!(self, Self::Foreign(id, _) if *id == known.id)
    }
}

impl Running {
    pub(super) fn current() -> Self {
        let entries = stack::near_entries(|entries| {
            let items = entries.iter().rev().map(|entry| match &entry.span {
                Entered::Local { span, .. } => Item::Local(Arc::clone(span)),
                Entered::Foreign { id, enclosing, .. } => Item::Foreign(id.clone(), enclosing.clone()),
            });
            items.collect()
        });
        Self(entries.unwrap_or_default())
    }

    /// The spans of a line, outermost first and each once. `fmt` knows these spans, innermost first. If it does
    /// not know a promoted span, `exists` tells whether it would show it.
    pub(super) fn merge<'a>(
        &'a self,
        known: &'a [KnownSpan],
        exists: impl Fn(&Id) -> bool,
        shows: impl Fn(&LocalSpan) -> bool,
    ) -> Vec<LineSpan<'a>> {
        let mut merged = Merged {
            known,
            is_shown: |span: &LocalSpan| shows(span) && span.promoted().is_none_or(|promoted| exists(&promoted.id)),
            // A span of other code that `fmt` knows has its turn below.
            next: match self.0.first() {
                Some(innermost) if known.iter().any(|known| innermost.is(known)) => None,
                innermost => innermost.and_then(Item::local),
            },
            spans: Vec::new(),
        };
        for (index, span) in known.iter().enumerate() {
            match &span.relation {
                Relation::Is(local) => {
                    merged.add_until(index, Some(local));
                    merged.next = local.enclosing.as_ref();
                    // A span that was promoted again after its end.
                    let is_first = !known[index + 1..].iter().any(|known| known.is(local));
                    if is_first && shows(local) {
                        merged.spans.push(LineSpan::Known(span));
                    }
                    continue;
                }
                Relation::In(enclosing) => {
                    merged.add_until(index, Some(enclosing));
                    merged.next = Some(enclosing);
                }
                Relation::Unrelated => {
                    // If it is not entered, it is not known where it is among the local ones.
                    if let Some(mark) = self.0.iter().position(|item| item.is(span)) {
                        merged.add_until(index, self.0[mark..].iter().find_map(Item::local));
                        merged.next = None;
                    }
                }
            }
            merged.spans.push(LineSpan::Known(span));
        }
        merged.add_until(known.len(), None);
        merged.outermost_first()
    }
}

/// A line's spans so far, innermost first.
struct Merged<'a, F> {
    known: &'a [KnownSpan],
    /// Whether the line shows a local span that `fmt` does not know.
    is_shown: F,
    /// The local span that is next, and those that enclose it.
    next: Option<&'a Arc<LocalSpan>>,
    spans: Vec<LineSpan<'a>>,
}

impl<'a, F: Fn(&LocalSpan) -> bool> Merged<'a, F> {
    /// Adds the next local spans up to this one, or to one that `fmt` knows from `index` on.
    fn add_until(&mut self, index: usize, end: Option<&Arc<LocalSpan>>) {
        let known = self.known;
        let is_known = |known: &[KnownSpan], span: &LocalSpan| known.iter().any(|known| known.is(span));
        for span in outwards(self.next) {
            if end.is_some_and(|end| is_same(end, span)) || is_known(&known[index..], span) {
                break;
            }
            if !is_known(known, span) && (self.is_shown)(span) {
                self.spans.push(LineSpan::Local(span));
            }
        }
    }

    /// Work that was carried into another span may have enclosing spans in common with it.
    fn outermost_first(self) -> Vec<LineSpan<'a>> {
        let mut spans: Vec<LineSpan<'a>> = Vec::with_capacity(self.spans.len());
        for span in self.spans.into_iter().rev() {
            let is_again = |other: &LineSpan<'_>| match (other, &span) {
                (LineSpan::Local(other), LineSpan::Local(span)) => is_same(other, span),
                _ => false,
            };
            if !spans.iter().any(is_again) {
                spans.push(span);
            }
        }
        spans
    }
}

/// How many ended spans a line shows. Work that spawns its own successor has more and more.
const MAX_ENDED: usize = 8;

/// The span and the nearest that enclose it, innermost first.
fn outwards(span: Option<&Arc<LocalSpan>>) -> impl Iterator<Item = &Arc<LocalSpan>> {
    let enclosing = span.into_iter().flat_map(|span| span.near_ancestors());
    let mut ended = 0;
    span.into_iter().chain(enclosing).take_while(move |span| {
        ended += usize::from(span.has_ended());
        ended <= MAX_ENDED
    })
}
