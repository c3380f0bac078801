//! The arguments of the command.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};
use serde::de::DeserializeOwned;

use crate::comparison::{self, Options};
use crate::{count, receiver, worker};

const USAGE: &str = "\
Compares the cost of a span with the alternatives, and prints tables.

usage: tasker-span-benches [--quick] [--rounds N] [--section NAME]... [| scripts/write-parts docs/performance.md]

  --quick         one short round, to see that it works; the figures mean nothing
  --rounds N      turns of each figure, 40 by default
  --section NAME  only this section of ";

/// Runs the comparison, or a process that it or `scripts/count-instructions` starts.
///
/// # Errors
///
/// An argument is wrong, a measurement was impossible, or spans did not arrive as they should have.
pub fn run() -> Result<()> {
    let mut parser = Parser::from_env();
    let mut options = Options {
        rounds: 40,
        turn: Duration::from_millis(3),
        sections: Vec::new(),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => {
                let sections: Vec<&str> = comparison::SECTIONS.iter().map(|section| section.name).collect();
                println!("{USAGE}{}", sections.join(", "));
                return Ok(());
            }
            Long("quick") => (options.rounds, options.turn) = (1, Duration::from_micros(300)),
            Long("rounds") => options.rounds = parser.value()?.parse()?,
            Long("section") => options.sections.push(parser.value()?.string()?),
            Value(name) if name == "worker" => {
                return worker::serve(&serde_json::from_str(&parser.value()?.string()?)?);
            }
            Value(name) if name == "receiver" => return receiver::serve(),
            Value(name) if name == "count" => {
                let (subject, scenario) = (parser.value()?.string()?, parser.value()?.string()?);
                return count::run(named(&subject)?, named(&scenario)?, parser.value()?.parse()?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(options.rounds > 0, "expected at least one round");
    comparison::run(&options)
}

/// A subject or a scenario: `sampled`, `polled:100`.
pub(crate) fn named<T: DeserializeOwned>(name: &str) -> Result<T> {
    let json = match name.split_once(':') {
        Some((name, number)) => format!(r#"{{"{name}":{number}}}"#),
        None => format!(r#""{name}""#),
    };
    serde_json::from_str(&json).map_err(|_| anyhow!("there is no `{name}`"))
}
