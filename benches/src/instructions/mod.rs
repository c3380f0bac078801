//! Instructions per span, counted by Callgrind: the command behind `scripts/count-instructions`.

mod callgrind;
mod case;
mod charges;
mod counts;
mod frames;
mod keys;
mod owner;
mod profile;
mod shares;
mod whose;

use std::process::ExitCode;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use self::case::Times;
use self::counts::Counts;
use self::whose::Whose;
use crate::failure::Failure;
use crate::report::Document;

const USAGE: &str = "\
Counts the instructions of a span under Callgrind, each twice, and fails where the two differ by more than 1 %.

usage: scripts/count-instructions [--write]
       scripts/count-instructions --profile CASE

  --write         also into docs/performance.md
  --profile CASE  whose the instructions of one case are: by crate, by function and by symbol

cases:";

/// The cases whose instructions the page tells apart.
const WHOSE: [&str; 3] = ["kept", "instrument", "lean-instrument"];

/// The command with the process's arguments.
pub fn main() -> ExitCode {
    match read().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("count-instructions: {failure}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Count {
        is_written: bool,
    },
    Profile(String),
    /// What Callgrind runs.
    Run(String, Times),
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            println!("{USAGE}");
            for case in case::GROUPS.iter().flat_map(|group| group.cases) {
                println!("  {:32} {}", case.name, case.title());
            }
        }
        Command::Count { is_written } => count(is_written)?,
        Command::Profile(name) => println!("{}", Whose::of(case::find(&name)?)?.everything()),
        Command::Run(name, times) => case::find(&name)?.run(times)?,
    }
    Ok(())
}

fn count(is_written: bool) -> Result<(), Failure> {
    let counts = Counts::take()?.to_string();
    let whose: Result<Vec<_>, _> = WHOSE.iter().map(|name| Whose::of(case::find(name)?)).collect();
    let whose: Vec<_> = whose?.iter().map(Whose::by_owner).collect();
    let whose = whose.join("\n");
    println!("{counts}\n{whose}");
    if is_written {
        let mut document = Document::open()?;
        document.replace("instructions", &counts)?;
        document.replace("whose-instructions", &whose)?;
        document.save()?;
        eprintln!("written: docs/performance.md, instructions whose-instructions");
    }
    Ok(())
}

fn read() -> Result<Command, Failure> {
    read_from(lexopt::Parser::from_env()).map_err(|error| Failure::new(format!("{error}: see --help")))
}

fn read_from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let mut is_written = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("write") => is_written = true,
            Long("profile") => return Ok(Command::Profile(parser.value()?.string()?)),
            Value(name) if name == "run" => {
                let case = parser.value()?.string()?;
                let (before, counted) = (parser.value()?.parse()?, parser.value()?.parse()?);
                return Ok(Command::Run(case, Times { before, counted }));
            }
            other => return Err(other.unexpected()),
        }
    }
    Ok(Command::Count { is_written })
}
