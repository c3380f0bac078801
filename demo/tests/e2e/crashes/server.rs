//! `Server`: a `PostgreSQL` of one test, which crashes it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running server. It stops on drop.
#[derive(Debug)]
pub(crate) struct Server {
    script: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    url: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/postgres-that-crashes");
        let mut script = Command::new(script);
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (commands, answers) = (script.stdin.take(), script.stdout.take().unwrap());
        let mut server = Self {
            script,
            commands,
            answers: BufReader::new(answers),
            url: String::new(),
        };
        server.url = server.answer();
        server
    }

    /// For superusers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Crashes it, and waits until it answers again.
    pub(crate) fn crash(&mut self) {
        writeln!(self.commands.as_ref().unwrap()).unwrap();
        assert_eq!(self.answer(), "restarted");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "the server does not start");
        line.trim_end().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.script.wait();
    }
}
