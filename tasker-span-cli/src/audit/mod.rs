//! `tasker-span audit`: which sites of a code base have spans, and what they lack.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

/// Lists the spans of a code base and what they lack, leak or forget.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Workspaces, folders or files; the current folder if none is named.
    paths: Vec<PathBuf>,
}

/// Runs `tasker-span audit`.
pub fn run(arguments: &Arguments) -> ExitCode {
    let _ = arguments.paths.len();
    ExitCode::SUCCESS
}
