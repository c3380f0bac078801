//! What a command prints, and how it ends.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use tasker_span_runtime::testing::printable;

use crate::escape;

/// How a command ended that could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Exit code 0.
    Clean,
    /// There are findings, or nothing was found: exit code 1.
    Findings,
}

/// The outcome, or why the command could not run: exit code 2.
pub(crate) type Result<T = Outcome> = std::result::Result<T, Box<dyn Error>>;

/// The exit code. A failure is printed to standard error.
pub(crate) fn exit_code(result: Result) -> ExitCode {
    match result {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Err(error) => {
            note(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Whether the reader of standard output has gone.
static IS_UNREAD: AtomicBool = AtomicBool::new(false);

/// Whether standard output has lost its reader, as a print has found.
pub(crate) fn is_unread() -> bool {
    IS_UNREAD.load(Ordering::Relaxed)
}

/// Prints to standard output. A reader that has gone, as in `| head`, is no error.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            IS_UNREAD.store(true, Ordering::Relaxed);
            Ok(())
        }
        written => Ok(written?),
    }
}

/// Prints a line of JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<()> {
    print(&json(value)?)
}

/// A line of JSON, as it is printed.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String> {
    Ok(format!("{}\n", escape::json(&serde_json::to_string(value)?)))
}

/// Prints lines to standard error, with what would steer a terminal escaped. A reader that has gone is no error.
pub(crate) fn note(text: impl Display) {
    let text = text.to_string();
    for line in text.lines() {
        let _ = writeln!(io::stderr(), "{}", printable(line));
    }
}

/// `1 span`, `2 spans`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
