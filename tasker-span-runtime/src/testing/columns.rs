//! The column layout of a tree's lines, within a width. Their cells are made in `rows`.

use std::fmt;

use super::paint::Cell;

/// One row of a tree, cell by cell.
#[derive(Default)]
pub(super) struct Line {
    pub(super) label: Cell,
    pub(super) start: Cell,
    pub(super) duration: Cell,
    pub(super) notes: Vec<Cell>,
    /// The text before a note that has a line of its own.
    pub(super) continuation: Cell,
}

impl Line {
    fn width_of_notes(&self) -> usize {
        let widths = self.notes.iter().map(|note| note.width() + GAP);
        widths.sum::<usize>().saturating_sub(GAP)
    }
}

/// The blanks between two columns.
const GAP: usize = 2;

/// The widths of the columns.
pub(super) struct Columns {
    label: usize,
    start: usize,
    duration: usize,
    /// The width of a line, if notes have lines of their own.
    notes_below: Option<usize>,
}

impl Columns {
    pub(super) fn new(lines: &[Line], width: Option<usize>) -> Self {
        let widest = |width: fn(&Line) -> usize| lines.iter().map(width).max().unwrap_or_default();
        let mut columns = Self {
            label: widest(|line| line.label.width()),
            start: widest(|line| line.start.width()),
            duration: widest(|line| line.duration.width()),
            notes_below: None,
        };
        let gap = |width: usize| if width > 0 { width + GAP } else { 0 };
        let figures = gap(columns.start) + gap(columns.duration);
        let whole = columns.label + figures + gap(widest(Line::width_of_notes));
        if let Some(width) = width.filter(|width| *width < whole) {
            columns.notes_below = Some(width);
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
                padding += rest + GAP;
                return Ok(());
            }
            let before = if right { padding + rest } else { padding };
            padding = if right { GAP } else { rest + GAP };
            write!(f, "{:before$}", "")?;
            cell.write(f, colour)
        };
        put(&line.label, self.label, false)?;
        put(&line.start, self.start, true)?;
        put(&line.duration, self.duration, true)?;
        let Some(width) = self.notes_below else {
            line.notes.iter().try_for_each(|note| put(note, note.width(), false))?;
            return f.write_str("\n");
        };
        f.write_str("\n")?;
        for note in &mut line.notes {
            note.fit(width.saturating_sub(line.continuation.width()));
            line.continuation.write(f, colour)?;
            note.write(f, colour)?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}
