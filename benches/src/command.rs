//! The command: which sections, how much of them, and what becomes of the results.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::comparison::Effort;
use crate::failure::Failure;
use crate::receiver;
use crate::report::{Budget, Document, draw, machine};
use crate::sections::{self, Findings, Section};
use crate::setup::Destination;
use crate::subject::Subject;
use crate::worker::{self, Role};

const USAGE: &str = "\
Measures what a span costs, beside everything that would be used instead, and prints tables.

usage: tasker-span-benches [--quick] [--write] [--rounds N] [--section NAME]...

  --quick         a few rounds, to see that everything works; no figures to keep
  --write         also into docs/performance.md, and charts beside it
  --rounds N      how many turns each figure has; 40 by default
  --section NAME  only this one";

const FULL: Effort = Effort {
    rounds: 40,
    turn: Duration::from_millis(3),
};
const QUICK: Effort = Effort {
    rounds: 3,
    turn: Duration::from_micros(300),
};

/// The command with the process's arguments.
pub fn main() -> ExitCode {
    match read().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("tasker-span-benches: {failure}");
            ExitCode::FAILURE
        }
    }
}

enum Command {
    Help,
    Compare {
        effort: Effort,
        is_written: bool,
        sections: Vec<String>,
    },
    Worker(Role),
    Receiver,
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Help => {
            println!("{USAGE}\n");
            for section in &sections::ALL {
                println!("  {:15} {}", section.name, section.title);
            }
            Ok(())
        }
        Command::Worker(role) => worker::serve(&role),
        Command::Receiver => receiver::serve(),
        Command::Compare {
            effort,
            is_written,
            sections,
        } => compare(effort, is_written, &sections),
    }
}

fn compare(effort: Effort, is_written: bool, wanted: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = wanted
        .iter()
        .find(|name| sections::ALL.iter().all(|section| section.name != **name))
    {
        return Err(Failure::new(format!("there is no section `{unknown}`: see --help")));
    }
    let is_wanted = |section: &&Section| wanted.is_empty() || wanted.iter().any(|name| name == section.name);
    println!("{}", machine());
    let mut budgets: Vec<Budget> = Vec::new();
    for section in sections::ALL.iter().filter(is_wanted) {
        let findings = (section.measure)(section, effort)?;
        println!("## {}\n\n{}", section.title, findings.text);
        if is_written {
            // At once: a later section that fails does not take this one's figures along.
            write_section(section, &findings, effort)?;
        }
        budgets.extend(findings.budgets);
    }
    let table = Budget::table(&budgets).to_string();
    if !budgets.is_empty() {
        println!("## Budgets\n\n{table}");
    }
    if is_written && wanted.is_empty() {
        write_parts(&[("machine", &machine().to_string()), ("budgets", &table)])?;
    }
    Ok(())
}

fn write_section(section: &Section, findings: &Findings, effort: Effort) -> Result<(), Failure> {
    write_parts(&[(section.name, &findings.text)])?;
    if findings.bars.is_empty() {
        return Ok(());
    }
    let title = format!("{} (medians and quartiles of {} rounds)", section.title, effort.rounds);
    let axis = "times #[instrument] with the default layer";
    let name = format!("performance-{}.svg", section.name);
    draw(&Document::beside(&name), &title, axis, &findings.bars)?;
    eprintln!("written: docs/{name}");
    Ok(())
}

fn write_parts(parts: &[(&str, &str)]) -> Result<(), Failure> {
    let mut document = Document::open()?;
    let mut names = String::new();
    for (name, text) in parts {
        document.replace(name, text)?;
        // Writing to a string does not fail.
        let _ = write!(names, " {name}");
    }
    document.save()?;
    eprintln!("written: docs/performance.md,{names}");
    Ok(())
}

fn read() -> Result<Command, Failure> {
    read_from(lexopt::Parser::from_env()).map_err(|error| Failure::new(format!("{error}: see --help")))
}

fn read_from(mut parser: lexopt::Parser) -> Result<Command, lexopt::Error> {
    let (mut effort, mut is_written, mut sections) = (FULL, false, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("quick") => effort = QUICK,
            Long("write") => is_written = true,
            Long("rounds") => effort.rounds = parser.value()?.parse()?,
            Long("section") => sections.push(parser.value()?.string()?),
            Value(name) if name == "worker" => return worker_role(&mut parser).map(Command::Worker),
            Value(name) if name == "receiver" => return Ok(Command::Receiver),
            other => return Err(other.unexpected()),
        }
    }
    if effort.rounds == 0 {
        return Err("expected at least one round".into());
    }
    Ok(Command::Compare {
        effort,
        is_written,
        sections,
    })
}

fn worker_role(parser: &mut lexopt::Parser) -> Result<Role, lexopt::Error> {
    let subject: Subject = parser.value()?.parse()?;
    let mut role = Role {
        subject,
        destination: Destination::Nowhere,
        namespaces: 0,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("collector") => role.destination = Destination::Collector(parser.value()?.string()?),
            Long("namespaces") => role.namespaces = parser.value()?.parse()?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(role)
}
