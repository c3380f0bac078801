//! What standard output is: its width, and whether it shows colours. `text` adapts trees to it.

use std::io::stdout;

use anstream::{AutoStream, ColorChoice};
use terminal_size::{Width, terminal_size_of};

/// The width of a pipe or a file.
const WIDTH: usize = 100;

/// The width in columns: `COLUMNS`, or else the terminal's, or else 100.
pub(super) fn width() -> usize {
    let terminal = terminal_size_of(stdout()).map(|(Width(columns), _)| columns.into());
    width_of(std::env::var("COLUMNS").ok().as_deref(), terminal)
}

/// By `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and `TERM`, or else whether it is a terminal.
pub(super) fn has_colours() -> bool {
    AutoStream::choice(&stdout()) != ColorChoice::Never
}

/// Shells set `COLUMNS` for themselves. If it is exported, the user wants that width.
fn width_of(columns: Option<&str>, terminal: Option<usize>) -> usize {
    let columns = columns.and_then(|columns| columns.parse().ok());
    columns.filter(|width| *width > 0).or(terminal).unwrap_or(WIDTH)
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_then_the_terminal_then_a_default() {
        for (columns, terminal, width) in [
            (Some("72"), Some(120), 72),
            (Some("72"), None, 72),
            (None, Some(120), 120),
            (Some(""), Some(120), 120),
            (Some("wide"), Some(120), 120),
            (None, None, 100),
            (Some("0"), Some(120), 120),
        ] {
            assert_eq!(super::width_of(columns, terminal), width, "{columns:?}, {terminal:?}");
        }
    }
}
