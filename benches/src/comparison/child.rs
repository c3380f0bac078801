//! A process of this same executable.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

use crate::failure::Failure;
use crate::setup::Destination;
use crate::worker::{Answer, Order, Role};

/// A process that answers each line with a line, and ends with its standard input.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: std::process::Child,
    /// Closed to end the process.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this executable once more, with other arguments. Nothing of the environment that telemetry would read goes
    /// with it, but what is given here.
    pub fn start(arguments: &[String], environment: &[(&str, String)]) -> Result<Self, Failure> {
        let name = arguments.join(" ");
        let executable = std::env::current_exe().map_err(Failure::of("looking for this executable"))?;
        let mut command = Command::new(executable);
        for (variable, _) in std::env::vars_os() {
            let is_read = variable
                .to_str()
                .is_some_and(|name| name.starts_with("OTEL_") || name == "RUST_LOG");
            if is_read {
                command.env_remove(variable);
            }
        }
        let mut child = command
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::of("starting a worker"))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let output = output.ok_or_else(|| Failure::new("a worker has no standard output"))?;
        Ok(Self {
            name,
            child,
            input,
            output: BufReader::new(output),
        })
    }

    /// Asks for an answer.
    pub fn ask(&mut self, line: &str) -> Result<String, Failure> {
        let lost = format!("asking `{}`", self.name);
        let input = self.input.as_mut().ok_or_else(|| Failure::new(&*lost))?;
        writeln!(input, "{line}").map_err(Failure::of(&lost))?;
        self.answer()
    }

    /// Waits for a line.
    pub fn answer(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line);
        if read.map_err(Failure::of("reading an answer"))? == 0 {
            return Err(Failure::new(format!("`{}` has ended without an answer", self.name)));
        }
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // It ends by itself, and what it would say no longer matters.
        let _ = self.child.wait();
    }
}

/// A worker.
#[derive(Debug)]
pub struct Child(Process);

impl Child {
    /// Starts a worker in its role.
    pub fn start(role: &Role, queue: Option<u32>) -> Result<Self, Failure> {
        let mut arguments = vec!["worker".to_owned(), role.subject.name().to_owned()];
        if let Destination::Collector(url) = &role.destination {
            arguments.extend(["--collector".to_owned(), url.clone()]);
        }
        if role.namespaces > 0 {
            arguments.extend(["--namespaces".to_owned(), role.namespaces.to_string()]);
        }
        let queue = queue.map(|spans| ("OTEL_BSP_MAX_QUEUE_SIZE", spans.to_string()));
        Process::start(&arguments, queue.as_slice()).map(Self)
    }

    /// Has it run something.
    pub fn run(&mut self, order: Order) -> Result<Answer, Failure> {
        self.0.ask(&order.to_string())?.parse()
    }
}
