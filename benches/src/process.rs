//! Processes of this executable that answer lines on standard input with lines on standard output,
//! all of them JSON.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A process of this executable. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Closed to end the process.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this executable with other arguments, and with no other environment: telemetry would
    /// read it.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, String)]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).env_clear().envs(environment.iter().cloned());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = BufReader::new(output.context("a process without standard output")?);
        Ok(Self { child, input, output })
    }

    pub(crate) fn ask<A: DeserializeOwned>(&mut self, question: impl Serialize) -> Result<A> {
        let input = self.input.as_mut().context("a process without standard input")?;
        writeln!(input, "{}", serde_json::to_string(&question)?)?;
        self.answer()
    }

    /// Waits for an answer.
    pub(crate) fn answer<A: DeserializeOwned>(&mut self) -> Result<A> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            bail!("a process has ended without an answer");
        }
        let answer: Result<A, String> = serde_json::from_str(&line)?;
        answer.map_err(|error| anyhow!(error))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends by itself. What it says no longer matters.
        let _ = self.child.wait();
    }
}

/// Answers each line on standard input.
pub(crate) fn serve<Q: DeserializeOwned, A: Serialize>(mut answer: impl FnMut(Q) -> Result<A>) -> Result<()> {
    for line in io::stdin().lock().lines() {
        say(&answer(serde_json::from_str(&line?)?))?;
    }
    Ok(())
}

/// Answers without a question.
pub(crate) fn say<A: Serialize>(answer: &Result<A>) -> Result<()> {
    let answer = answer.as_ref().map_err(|error| format!("{error:#}"));
    let mut output = io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string(&answer)?)?;
    Ok(output.flush()?)
}
