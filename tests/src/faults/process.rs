//! A collector in a process of its own: it can be killed in earnest, and what it holds is not counted as the program's.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};
use tasker_span_runtime::Protocol;

use super::control::Controlled;
use crate::collector::{Behaviour, Collector, Counts};
use crate::program::UsageError;

/// A collector that runs in another process of this program.
#[derive(Debug)]
pub struct CollectorProcess {
    protocol: Protocol,
    /// Keeps the port while no process listens on it.
    place: Collector,
    running: Option<Running>,
    /// What those that were killed had done.
    past: Counts,
}

#[derive(Debug)]
struct Running {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// A line on the process's standard input; each is answered with a line of its counts.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Request {
    Behave(Behaviour),
    Count,
}

impl CollectorProcess {
    /// None yet, but its port is taken.
    pub fn absent(protocol: Protocol) -> Self {
        Self {
            protocol,
            place: Collector::absent(protocol),
            running: None,
            past: Counts::default(),
        }
    }

    fn ask(&mut self, request: Request) -> Counts {
        let Some(running) = &mut self.running else {
            return Counts::default();
        };
        let mut line = serde_json::to_string(&request).unwrap();
        line.push('\n');
        running.requests.write_all(line.as_bytes()).unwrap();
        running.answer()
    }
}

impl Running {
    fn start(protocol: Protocol, port: u16) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([OPTION, &protocol.to_string(), &port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut running = Self {
            requests: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            process,
        };
        // Once it listens.
        running.answer();
        running
    }

    fn answer(&mut self) -> Counts {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).expect("the collector's process has ended")
    }

    fn kill(mut self) {
        // It may have ended by itself, and then the trial's counts say so.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Controlled for CollectorProcess {
    fn url(&self) -> String {
        self.place.url()
    }

    fn start(&mut self) {
        let (protocol, port) = (self.protocol, self.place.port());
        self.running.get_or_insert_with(|| Running::start(protocol, port));
    }

    fn kill(&mut self) {
        self.past = self.counts();
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }

    fn behave(&mut self, behaviour: Behaviour) {
        self.ask(Request::Behave(behaviour));
    }

    fn counts(&mut self) -> Counts {
        self.past.and(self.ask(Request::Count))
    }
}

impl Drop for CollectorProcess {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
    }
}

/// What tells the program that it is to be the collector.
pub(super) const OPTION: &str = "--collector";

/// Is the collector, if these arguments say so; returns when nobody asks any more.
///
/// # Errors
///
/// Where the arguments do not say which collector.
///
/// # Panics
///
/// If the host refuses a socket, or somebody else asks.
pub fn serve_collector(arguments: &[String]) -> Result<bool, UsageError> {
    let [option, protocol, port] = arguments else {
        return Ok(false);
    };
    if option != OPTION {
        return Ok(false);
    }
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf];
    let protocol = protocols.into_iter().find(|known| known.to_string() == *protocol);
    let (Some(protocol), Ok(port)) = (protocol, port.parse()) else {
        return Err(UsageError::new(format!("{OPTION} takes a protocol and a port")));
    };
    let mut collector = Collector::absent_at(port, protocol);
    collector.start();
    answer(&collector);
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        match serde_json::from_str(&line).unwrap() {
            Request::Behave(behaviour) => collector.behave(behaviour),
            Request::Count => {}
        }
        answer(&collector);
    }
    Ok(true)
}

fn answer(collector: &Collector) {
    let counts = serde_json::to_string(&collector.counts()).unwrap();
    // Who does not listen will not ask either.
    let _ = writeln!(io::stdout(), "{counts}");
}
