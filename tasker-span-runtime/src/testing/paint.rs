//! Styled text of a known width: what the human rendering is made of.

use std::fmt::{self, Write};
use std::time::Duration;

/// How a piece of text looks where colours are on.
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
    fn escape(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("\u{1b}[1m"),
            Self::Dim => Some("\u{1b}[2m"),
            Self::Detail => Some("\u{1b}[36m"),
            Self::Warning => Some("\u{1b}[33m"),
            Self::Failure => Some("\u{1b}[31m"),
        }
    }
}

/// A cell of a line: pieces of text, each in its style.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pieces: Vec<(Style, String)>,
    /// The piece that gives way first where there is no room.
    elastic: Option<usize>,
}

/// How short the elastic piece may become.
const MIN_ELASTIC: usize = 6;

impl Cell {
    pub(super) fn push(&mut self, style: Style, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push((style, text));
        }
    }

    /// Adds the piece that gives way first where there is no room.
    pub(super) fn push_elastic(&mut self, style: Style, text: impl Into<String>) {
        let index = self.pieces.len();
        self.push(style, text);
        self.elastic = Some(index).filter(|index| *index < self.pieces.len());
    }

    pub(super) fn with(mut self, style: Style, text: impl Into<String>) -> Self {
        self.push(style, text);
        self
    }

    /// In characters: everything that is rendered here is one column wide, but for names in East Asian scripts.
    pub(super) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }

    /// Cuts the cell to `width` characters; a `…` says where.
    pub(super) fn fit(&mut self, width: usize) {
        let excess = self.width().saturating_sub(width);
        if excess == 0 {
            return;
        }
        if let Some((_, text)) = self.elastic.and_then(|index| self.pieces.get_mut(index)) {
            let length = text.chars().count();
            let rest = length.saturating_sub(excess).max(MIN_ELASTIC);
            if rest < length {
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
            room -= text.chars().count();
            !text.is_empty()
        });
        if width > 0 {
            self.push(Style::Dim, "…");
        }
    }

    pub(super) fn write(&self, f: &mut impl Write, colour: bool) -> fmt::Result {
        self.pieces
            .iter()
            .try_for_each(|(style, text)| match style.escape().filter(|_| colour) {
                Some(escape) => write!(f, "{escape}{text}\u{1b}[0m"),
                None => f.write_str(text),
            })
    }
}

fn truncate(text: &mut String, characters: usize) {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
}

/// Three digits and a unit: `312 µs`, `1.24 ms`, `40.1 s`; from a minute on `2 m 05 s`, from an hour on `3 h 12 m`.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let micros = [
            0,
            999,
            1_000,
            9_996,
            12_345,
            999_400,
            1_240_000,
            59_900_000,
            125_000_000,
            11_520_000_000,
        ];
        let texts = micros.map(|micros| duration(Duration::from_micros(micros)));
        let expected = [
            "0 µs", "999 µs", "1.00 ms", "10.0 ms", "12.3 ms", "999 ms", "1.24 s", "59.9 s", "2 m 05 s", "3 h 12 m",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn the_elastic_piece_gives_way_first() {
        let texts = [40, 26, 21, 18].map(|width| {
            let mut cell = Cell::default();
            cell.push_elastic(Style::Plain, "initializing");
            cell.push(Style::Plain, " → enqueuing_steps");
            cell.fit(width);
            let mut text = String::new();
            cell.write(&mut text, false).unwrap();
            text
        });
        let expected = [
            "initializing → enqueuing_steps",
            "initial… → enqueuing_steps",
            "initi… → enqueuing_s…",
            "initi… → enqueuin…",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn a_cell_is_cut_by_characters() {
        for (width, expected) in [(9, "ab → cdef"), (8, "ab → cd…"), (4, "ab …"), (1, "…"), (0, "")] {
            let mut cell = Cell::default().with(Style::Plain, "ab → ").with(Style::Dim, "cdef");
            cell.fit(width);
            let mut text = String::new();
            cell.write(&mut text, false).unwrap();
            assert_eq!(text, expected);
            assert_eq!(cell.width(), width.min(9));
        }
    }
}
