//! What annotations cost the compiler: the command `compile_time`.

mod cargo;
mod project;
mod sizes;
mod times;
mod variant;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, ValueExt};

use self::project::Project;
use self::sizes::Sizes;
use self::times::Times;
use crate::failure::Failure;
use crate::report::Document;

const USAGE: &str = "\
Measures what 300 annotated functions cost the compiler, beside the same functions with `#[tracing::instrument]`.

usage: compile_time [--write] [--rounds N]

  --write     also into docs/performance.md
  --rounds N  how many turns each time has; 15 by default";

/// The command with the process's arguments.
pub fn main() -> ExitCode {
    match read().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("compile_time: {failure}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Clone, Copy)]
enum Command {
    Help,
    Measure { is_written: bool, rounds: usize },
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => println!("{USAGE}"),
        Command::Measure { is_written, rounds } => measure(is_written, rounds)?,
    }
    Ok(())
}

fn measure(is_written: bool, rounds: usize) -> Result<(), Failure> {
    let project = Project::write(folder()?)?;
    let times = Times::take(&project, rounds)?.to_string();
    let sizes = Sizes::take(&project)?.to_string();
    println!("{times}\n{sizes}");
    if is_written {
        let mut document = Document::open()?;
        document.replace("compile-time", &times)?;
        document.replace("compile-size", &sizes)?;
        document.save()?;
        eprintln!("written: docs/performance.md, compile-time compile-size");
    }
    Ok(())
}

/// Beside what Cargo builds of this repository, and with a target directory of its own.
fn folder() -> Result<PathBuf, Failure> {
    let program = env::current_exe().map_err(Failure::of("finding this program"))?;
    let target = program.ancestors().nth(2);
    let target = target.ok_or_else(|| Failure::new("this program is in no target directory"))?;
    Ok(target.join("compile-time"))
}

fn read() -> Result<Command, Failure> {
    read_from(lexopt::Parser::from_env()).map_err(|error| Failure::new(format!("{error}: see --help")))
}

fn read_from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut is_written, mut rounds) = (false, 15);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("write") => is_written = true,
            Long("rounds") => rounds = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    if rounds == 0 {
        return Err("expected at least one round".into());
    }
    Ok(Command::Measure { is_written, rounds })
}
