//! The command line.

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use crate::output::{Outcome, Result, exit_code, print};
use crate::{audit, catalogue, check, config, id, trace};

const EXIT_CODES: &str = "Exit codes: 0 clean, 1 findings or nothing found, 2 it could not run.";

/// Audits the spans of a code base, reads and checks traces of Tasker.
#[derive(Debug, Parser)]
#[command(name = "tasker-span", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(after_help = EXIT_CODES)]
    Audit(audit::Arguments),
    #[command(after_help = EXIT_CODES)]
    Trace(trace::Arguments),
    #[command(after_help = EXIT_CODES)]
    Check(check::Arguments),
    Id(id::Arguments),
    #[command(after_help = EXIT_CODES)]
    Config(config::Arguments),
    Catalogue(catalogue::Arguments),
    /// Prints the completions of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Prints the manual page, of the whole or of a subcommand.
    Man {
        /// The subcommand.
        subcommand: Option<String>,
    },
}

/// Runs the command with the arguments of this process. Exit codes: 0 clean, 1 findings or nothing found, 2 it could not run.
pub fn run() -> ExitCode {
    // Cargo calls `cargo-tasker-span tasker-span …`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "tasker-span") {
        arguments.remove(1);
    }
    let result = match Arguments::parse_from(arguments).command {
        Command::Audit(arguments) => return audit::run(&arguments),
        Command::Trace(arguments) => trace::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Id(arguments) => id::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Catalogue(arguments) => catalogue::run(&arguments),
        Command::Completions { shell } => completions(shell),
        Command::Man { subcommand } => man(subcommand.as_deref()),
    };
    exit_code(result)
}

fn completions(shell: Shell) -> Result {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "tasker-span", &mut text);
    print(&String::from_utf8(text)?)?;
    Ok(Outcome::Clean)
}

fn man(subcommand: Option<&str>) -> Result {
    let mut whole = Arguments::command();
    whole.build();
    let command = match subcommand {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| format!("there is no subcommand `{name}`"))?
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    // All help after the options is about exit codes.
    let text = String::from_utf8(text)?.replace(".SH EXTRA\n", ".SH \"EXIT STATUS\"\n");
    print(&text)?;
    Ok(Outcome::Clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
