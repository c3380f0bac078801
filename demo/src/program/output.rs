//! `print` and `exit_code`: what an example writes, to readers that may have gone.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// The result of a program. The user sees the error.
pub type ProgramResult = Result<(), Box<dyn Error>>;

/// Writes to the standard output. Not `print!`, which panics if the reader has gone, as in `| head`:
/// here that is no error.
pub fn print(text: impl Display) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.to_string().as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// The end of the program with this name: a failure is written to standard error.
pub fn exit_code(name: &str, result: ProgramResult) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a reader, the exit code tells.
            let _ = writeln!(io::stderr(), "{name}: {error}");
            ExitCode::FAILURE
        }
    }
}
