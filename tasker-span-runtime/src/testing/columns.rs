//! The column layout of a tree's lines, within a width. Their cells are made in `rows`.

use std::fmt;

use super::paint::Cell;

/// One row of a tree, cell by cell.
#[derive(Default)]
pub(super) struct Line {
    pub(super) label: Cell,
    pub(super) start: Cell,
    pub(super) duration: Cell,
    pub(super) note: Cell,
    /// The text before the note, if that has a line of its own.
    pub(super) continuation: Cell,
}

/// The widths of the columns.
pub(super) struct Columns {
    label: usize,
    start: usize,
    duration: usize,
    /// The width of a line, if notes have lines of their own.
    note_below: Option<usize>,
}

impl Columns {
    pub(super) fn new(lines: &[Line], width: Option<usize>) -> Self {
        let widest = |cell: fn(&Line) -> &Cell| lines.iter().map(|line| cell(line).width()).max().unwrap_or_default();
        let mut columns = Self {
            label: widest(|line| &line.label),
            start: widest(|line| &line.start),
            duration: widest(|line| &line.duration),
            note_below: None,
        };
        let gap = |width: usize| if width > 0 { width + 2 } else { 0 };
        let figures = gap(columns.start) + gap(columns.duration);
        let whole = columns.label + figures + gap(widest(|line| &line.note));
        if let Some(width) = width.filter(|width| *width < whole) {
            columns.note_below = Some(width);
            columns.label = columns.label.min(width.saturating_sub(figures));
        }
        columns
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, line: &mut Line, colour: bool) -> fmt::Result {
        line.label.fit(self.label);
        // Padding is written before the next cell that is not empty: no line ends in blanks.
        let mut padding = 0;
        let mut put = |cell: &Cell, width: usize, right: bool| {
            if width == 0 {
                return Ok(());
            }
            let rest = width.saturating_sub(cell.width());
            if cell.width() == 0 {
                padding += rest + 2;
                return Ok(());
            }
            let before = if right { padding + rest } else { padding };
            padding = if right { 2 } else { rest + 2 };
            write!(f, "{:before$}", "")?;
            cell.write(f, colour)
        };
        put(&line.label, self.label, false)?;
        put(&line.start, self.start, true)?;
        put(&line.duration, self.duration, true)?;
        let Some(width) = self.note_below else {
            put(&line.note, line.note.width(), false)?;
            return f.write_str("\n");
        };
        f.write_str("\n")?;
        if line.note.width() > 0 {
            line.note.fit(width.saturating_sub(line.continuation.width()));
            line.continuation.write(f, colour)?;
            line.note.write(f, colour)?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}
