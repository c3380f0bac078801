//! `Cell`: styled text of a known width. `columns` aligns cells.

use std::fmt::{self, Write};
use std::time::Duration;

use anstyle::AnsiColor;
use unicode_width::UnicodeWidthStr;

/// The look of a text if colours are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Detail,
    Warning,
    Failure,
}

impl Style {
    fn ansi(self) -> anstyle::Style {
        match self {
            Self::Plain => anstyle::Style::new(),
            Self::Bold => anstyle::Style::new().bold(),
            Self::Dim => anstyle::Style::new().dimmed(),
            Self::Detail => AnsiColor::Cyan.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Failure => AnsiColor::Red.on_default(),
        }
    }
}

/// A cell of a line: pieces of text, each in its style.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pieces: Vec<(Style, String)>,
    /// The piece that is shortened first.
    elastic: Option<usize>,
}

/// The shortest width of the elastic piece.
const MIN_ELASTIC: usize = 6;

impl Cell {
    pub(super) fn push(&mut self, style: Style, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push((style, text));
        }
    }

    /// Adds the piece that is shortened first.
    pub(super) fn push_elastic(&mut self, style: Style, text: impl Into<String>) {
        let index = self.pieces.len();
        self.push(style, text);
        self.elastic = Some(index).filter(|index| *index < self.pieces.len());
    }

    pub(super) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.push(style, text);
        self
    }

    /// Adds the pieces of another cell, which has the elastic piece.
    pub(super) fn join(mut self, other: Self) -> Self {
        self.elastic = other.elastic.map(|index| index + self.pieces.len());
        self.pieces.extend(other.pieces);
        self
    }

    /// The text without styles.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The width in columns of a terminal.
    pub(super) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.width()).sum()
    }

    /// Cuts the cell to a width. A `…` marks each cut.
    pub(super) fn fit(&mut self, width: usize) {
        let excess = self.width().saturating_sub(width);
        if excess == 0 {
            return;
        }
        if let Some((_, text)) = self.elastic.and_then(|index| self.pieces.get_mut(index)) {
            let full = text.width();
            let rest = full.saturating_sub(excess).max(MIN_ELASTIC);
            if rest < full {
                truncate(text, rest - 1);
                text.push('…');
            }
        }
        if self.width() <= width {
            return;
        }
        let mut room = width.saturating_sub(1);
        self.pieces.retain_mut(|(_, text)| {
            truncate(text, room);
            room -= text.width();
            !text.is_empty()
        });
        if width > 0 {
            self.push(Style::Dim, "…");
        }
    }

    pub(super) fn write(&self, f: &mut impl Write, colour: bool) -> fmt::Result {
        self.pieces.iter().try_for_each(|(style, text)| {
            let style = if colour { style.ansi() } else { anstyle::Style::new() };
            write!(f, "{style}{text}{style:#}")
        })
    }
}

/// Measures whole texts: a character may be wider with the one after it, as `❤` with the selector of its emoji.
fn truncate(text: &mut String, width: usize) {
    let mut chars = text.char_indices();
    if let Some((start, _)) = chars.find(|(start, c)| text[..start + c.len_utf8()].width() > width) {
        text.truncate(start);
    }
}

/// Three digits and a unit: `312 µs`, `1.24 ms`, `40.1 s`. From a minute on it is `2 m 05 s`, and
/// from an hour on `3 h 12 m`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (value, unit) = match duration {
        d if d < Duration::from_millis(1) => return format!("{} µs", d.as_micros()),
        d if d < Duration::from_secs(1) => (d.as_secs_f64() * 1000.0, "ms"),
        d if seconds < 60 => (d.as_secs_f64(), "s"),
        _ if seconds < 3600 => return format!("{} m {:02} s", seconds / 60, seconds % 60),
        _ => return format!("{} h {:02} m", seconds / 3600, seconds / 60 % 60),
    };
    let decimals = match value {
        // As rounded: 9.996 is 10.0, not 10.00.
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {unit}")
}

/// The shortest and the longest of some durations: `2.10–3.40 ms`, or `900 µs–3.40 ms`.
pub(super) fn range(shortest: Duration, longest: Duration) -> String {
    let [short, long] = [shortest, longest].map(duration);
    match (short.split_once(' '), long.split_once(' ')) {
        _ if short == long => long,
        (Some((value, unit)), Some((_, other))) if unit == other && !unit.contains(' ') => format!("{value}–{long}"),
        _ => format!("{short}–{long}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_a_common_unit_once() {
        for (shortest, longest, text) in [
            (2_100, 3_400, "2.10–3.40 ms"),
            (900, 3_400, "900 µs–3.40 ms"),
            (2_101, 2_102, "2.10 ms"),
            (125_000_000, 185_000_000, "2 m 05 s–3 m 05 s"),
        ] {
            assert_eq!(
                range(Duration::from_micros(shortest), Duration::from_micros(longest)),
                text
            );
        }
    }

    #[test]
    fn durations_have_three_digits() {
        for (micros, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (9_996, "10.0 ms"),
            (12_345, "12.3 ms"),
            (999_400, "999 ms"),
            (1_240_000, "1.24 s"),
            (59_900_000, "59.9 s"),
            (125_000_000, "2 m 05 s"),
            (11_520_000_000, "3 h 12 m"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), text);
        }
    }

    fn fitted(mut cell: Cell, width: usize) -> String {
        cell.fit(width);
        assert!(cell.width() <= width);
        let mut text = String::new();
        cell.write(&mut text, false).unwrap();
        text
    }

    #[test]
    fn the_elastic_piece_is_shortened_first() {
        for (width, expected) in [
            (40, "initializing → enqueuing_steps"),
            (26, "initial… → enqueuing_steps"),
            (21, "initi… → enqueuing_s…"),
            (18, "initi… → enqueuin…"),
        ] {
            let mut cell = Cell::default();
            cell.push_elastic(Style::Plain, "initializing");
            cell.push(Style::Plain, " → enqueuing_steps");
            assert_eq!(fitted(cell, width), expected);
        }
    }

    #[test]
    fn a_cell_is_cut_by_columns() {
        for (width, expected) in [(9, "ab → cdef"), (8, "ab → cd…"), (4, "ab …"), (1, "…"), (0, "")] {
            let cell = Cell::default().with(Style::Plain, "ab → ").with(Style::Dim, "cdef");
            assert_eq!(fitted(cell, width), expected);
        }
        for (width, expected) in [(6, "支払い"), (5, "支払…"), (4, "支…"), (3, "支…"), (2, "…")] {
            assert_eq!(fitted(Cell::default().with(Style::Plain, "支払い"), width), expected);
        }
        for (width, expected) in [(4, "a❤\u{fe0f}b"), (3, "a❤…"), (2, "a…")] {
            assert_eq!(
                fitted(Cell::default().with(Style::Plain, "a❤\u{fe0f}b"), width),
                expected
            );
        }
    }
}
