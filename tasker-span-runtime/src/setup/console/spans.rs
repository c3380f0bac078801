//! `LineSpan`: a span of a log line, which `fmt` knows or which is local. `text` and `json` write
//! them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::fmt;

use tracing::span::{Id, Record};
use tracing_subscriber::fmt::format::Writer;
use triomphe::Arc;

use crate::span::LocalSpan;
use crate::span::stack::{self, Entered};
use crate::subscriber::with_values;

/// Formats fields as the program's layer does.
pub(super) type FormatFields<'a> = dyn Fn(Writer<'_>, &Record<'_>) -> fmt::Result + 'a;

/// A span that `fmt` knows: other code's, or a promoted local span.
#[derive(Debug)]
pub(super) struct KnownSpan {
    pub(super) id: Id,
    pub(super) name: &'static str,
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

/// The nearest spans that the running code is in, as the span stack has them.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Innermost first.
    entries: Vec<Item>,
    /// The local spans that `tracing` knows.
    promoted: HashMap<Id, Arc<LocalSpan>>,
    /// Where the spans of other code are in `entries`.
    marks: HashMap<Id, usize>,
}

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
}

impl Running {
    pub(super) fn current() -> Self {
        let entries = stack::near_entries(|entries| {
            let items = entries.iter().rev().map(|entry| match &entry.span {
                Entered::Local { span, .. } => Item::Local(Arc::clone(span)),
                Entered::Foreign { id, enclosing, .. } => Item::Foreign(id.clone(), enclosing.clone()),
            });
            items.collect::<Vec<_>>()
        });
        let entries = entries.unwrap_or_default();
        let locals = entries.iter().filter_map(Item::local);
        // Work that was carried here is also in the enclosing spans of its own, which are not on this
        // thread's stack.
        let active = locals.clone().next();
        let all = locals.chain(active.into_iter().flat_map(|active| active.near_ancestors()));
        let promoted = all.filter_map(|span| Some((span.promoted()?.id, Arc::clone(span))));
        let promoted = promoted.collect();
        let mut marks = HashMap::new();
        for (index, item) in entries.iter().enumerate() {
            if let Item::Foreign(id, _) = item {
                marks.entry(id.clone()).or_insert(index);
            }
        }
        Self {
            entries,
            promoted,
            marks,
        }
    }

    /// The spans of a line, outermost first. `fmt` knows these spans, innermost first. If it does
    /// not know a promoted span, `exists` tells whether it would show it.
    pub(super) fn merge<'a>(
        &'a self,
        known: &'a [KnownSpan],
        exists: impl Fn(&Id) -> bool,
        shows: impl Fn(&LocalSpan) -> bool,
    ) -> Vec<LineSpan<'a>> {
        let positions: HashMap<_, _> = known
            .iter()
            .enumerate()
            .map(|(index, span)| (&span.id, index))
            .collect();
        let position = |span: &LocalSpan| positions.get(&span.promoted()?.id).copied();
        let mut merged = Vec::new();
        let insert = |merged: &mut Vec<_>, span: &'a LocalSpan| {
            if shows(span) && span.promoted().is_none_or(|promoted| exists(&promoted.id)) {
                merged.push(LineSpan::Local(span));
            }
        };
        // The local span that is next to be shown, and those that enclose it.
        let mut next = match self.entries.first() {
            Some(Item::Foreign(id, _)) if positions.contains_key(id) => None,
            innermost => innermost.and_then(Item::local),
        };
        for (index, span) in known.iter().enumerate() {
            let local = self.promoted.get(&span.id);
            let mark = self.marks.get(&span.id).filter(|_| local.is_none());
            // Other spans are not entered: it is not known where they are among the local ones.
            if local.is_some() || mark.is_some() {
                let end = local.or_else(|| self.entries[*mark?..].iter().find_map(Item::local));
                let is_end = |span: &Arc<LocalSpan>| {
                    end.is_some_and(|end| Arc::ptr_eq(end, span)) || position(span) >= Some(index)
                };
                let inside = outwards(next).take_while(|span| !is_end(span));
                inside.for_each(|span| insert(&mut merged, span));
                next = match local {
                    Some(local) => local.enclosing.as_ref().filter(|enclosing| !enclosing.has_ended()),
                    None => mark.and_then(|mark| self.entries[*mark].local()),
                };
            }
            if local.is_none_or(|local| shows(local)) {
                merged.push(LineSpan::Known(span));
            }
        }
        outwards(next).for_each(|span| insert(&mut merged, span));
        merged.reverse();
        merged
    }
}

/// The span and the nearest that enclose it, innermost first. Ended ones are not shown.
fn outwards(span: Option<&Arc<LocalSpan>>) -> impl Iterator<Item = &Arc<LocalSpan>> {
    let enclosing = span.into_iter().flat_map(|span| span.near_ancestors());
    let enclosing = enclosing.take_while(|span| !span.has_ended());
    span.into_iter().chain(enclosing)
}
