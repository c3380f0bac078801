//! The command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::audit;

/// Audits the spans of a code base, reads and checks traces of Tasker.
#[derive(Debug, Parser)]
#[command(name = "tasker-span", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Audit(audit::Arguments),
}

/// Runs the command with the arguments of this process. Exit codes: 0 clean, 1 findings, 2 it could not run.
pub fn run() -> ExitCode {
    // Cargo calls `cargo-tasker-span tasker-span …`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "tasker-span") {
        arguments.remove(1);
    }
    match Arguments::parse_from(arguments).command {
        Command::Audit(arguments) => audit::run(&arguments),
    }
}
