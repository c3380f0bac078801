//! `CollectorProcess`: a collector in a process of its own, which can be killed in earnest and whose memory is not the
//! program's.

use std::env;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use serde::{Deserialize, Serialize};
use tasker_span_runtime::Protocol;

use crate::collector::{Behaviour, Collector, Counts};

/// Says which collector a process is to be: a protocol and a port.
const VARIABLE: &str = "COLLECTOR";

/// A collector that runs in a process of its own.
#[derive(Debug)]
pub struct CollectorProcess {
    protocol: Protocol,
    /// What runs [`serve`].
    command: fn() -> Command,
    /// Holds the port while no process listens on it.
    port: Collector,
    running: Option<Running>,
    /// What those that were killed had done.
    past: Counts,
}

#[derive(Debug)]
struct Running {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStderr>,
}

/// A line on the process's standard input. Each is answered with its counts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Request {
    Behave(Behaviour),
    Count,
}

impl CollectorProcess {
    /// A collector that is not there until it is started, by a command whose process calls [`serve`].
    pub fn absent(protocol: Protocol, command: fn() -> Command) -> Self {
        Self {
            protocol,
            command,
            port: Collector::absent(protocol),
            running: None,
            past: Counts::default(),
        }
    }

    pub(super) fn url(&self) -> String {
        self.port.url()
    }

    /// Listens and takes everything.
    pub(super) fn start(&mut self) {
        let (command, collector) = (self.command, format!("{} {}", self.protocol, self.port.port()));
        self.running
            .get_or_insert_with(|| Running::start(command(), &collector));
        self.behave(Behaviour::Take);
    }

    /// Kills it. What it has counted stays known.
    pub(super) fn kill(&mut self) {
        self.past = self.counts();
        self.running = None;
    }

    /// What it does with requests from now on, while it runs.
    pub(super) fn behave(&mut self, behaviour: Behaviour) {
        self.ask(Request::Behave(behaviour));
    }

    /// What it has done, over all its lives.
    pub(super) fn counts(&mut self) -> Counts {
        self.past.and(self.ask(Request::Count))
    }

    fn ask(&mut self, request: Request) -> Counts {
        self.running
            .as_mut()
            .map(|running| running.ask(request))
            .unwrap_or_default()
    }
}

impl Running {
    fn start(mut command: Command, collector: &str) -> Self {
        let command = command.env(VARIABLE, collector).stdin(Stdio::piped());
        let process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut process = process.expect("a collector's process");
        let mut running = Self {
            requests: process.stdin.take().expect("a pipe"),
            answers: BufReader::new(process.stderr.take().expect("a pipe")),
            process,
        };
        // Answers once it listens.
        running.answer();
        running
    }

    fn ask(&mut self, request: Request) -> Counts {
        let line = serde_json::to_string(&request).expect("plain values") + "\n";
        self.requests.write_all(line.as_bytes()).expect("a collector that runs");
        self.answer()
    }

    fn answer(&mut self) -> Counts {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("a collector that runs");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the collector said {line:?}"))
    }
}

/// Killed by SIGKILL.
impl Drop for Running {
    fn drop(&mut self) {
        // If it has ended by itself, the trial's counts say so.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is the collector of a [`CollectorProcess`] until that ends, if this process was started as one. Returns whether it was.
///
/// # Panics
///
/// If the host refuses a socket, or somebody else has started this process as a collector.
pub fn serve() -> bool {
    let Ok(collector) = env::var(VARIABLE) else {
        return false;
    };
    let (protocol, port) = collector.split_once(' ').expect("a protocol and a port");
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf];
    let protocol = protocols.into_iter().find(|known| known.to_string() == protocol);
    let collector = Collector::counting_at(port.parse().expect("a port"), protocol.expect("a protocol"));
    let answer = || eprintln!("{}", serde_json::to_string(&collector.counts()).expect("plain values"));
    answer();
    for line in stdin().lines().map_while(Result::ok) {
        match serde_json::from_str(&line).expect("a request") {
            Request::Behave(behaviour) => collector.behave(behaviour),
            Request::Count => {}
        }
        answer();
    }
    true
}
