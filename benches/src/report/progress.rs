//! How far a measurement is, on standard error: a bar on a terminal, else a line for each section.

use std::io::IsTerminal;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

/// The progress of a command.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
    begun: Instant,
}

impl Progress {
    /// Begins a section of so many turns.
    pub fn begin(section: &'static str, turns: u64) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = if is_terminal {
            ProgressBar::new(turns)
        } else {
            ProgressBar::hidden()
        };
        // The template is ours, so that it is not wrong.
        let style = ProgressStyle::with_template("{msg:12} {bar:40} {pos}/{len} turns, {eta} left");
        let bar = bar.with_message(section);
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self {
            bar,
            is_terminal,
            begun: Instant::now(),
        }
    }

    /// One turn more is done.
    pub fn turned(&self) {
        self.bar.inc(1);
    }

    /// The section is done.
    pub fn end(self) {
        self.bar.finish_and_clear();
        if !self.is_terminal {
            let section = self.bar.message();
            eprintln!("{section}: measured in {:.1?}", self.begun.elapsed());
        }
    }
}
