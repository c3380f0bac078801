//! `Program`: a process that runs one of the examples.

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use tasker_span_tests::servers::wait_for;

/// A running example. Killed on drop.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    child: Child,
    output: Output,
    readers: Vec<JoinHandle<()>>,
}

/// The lines of both streams so far.
#[derive(Clone, Debug, Default)]
struct Output(Arc<Mutex<Vec<String>>>);

impl Program {
    /// Starts the command and reads its output.
    pub(crate) fn start(name: impl Into<String>, command: &mut Command) -> Self {
        let name = name.into();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = child.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let output = Output::default();
        let readers = vec![
            output.read(child.stdout.take().unwrap()),
            output.read(child.stderr.take().unwrap()),
        ];
        Self {
            name,
            child,
            output,
            readers,
        }
    }

    /// The process id: also the attribute `service.instance.id` of its spans.
    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Waits for a line that contains this text, and returns it.
    #[track_caller]
    pub(crate) fn wait_for_line(&self, text: &str) -> String {
        wait_for(&format!("`{text}`"), || {
            let lines = self.output.lines();
            let line = lines.iter().find(|line| line.contains(text)).cloned();
            drop(lines);
            line.ok_or_else(|| self.to_string())
        })
    }

    /// Kills it (SIGKILL).
    pub(crate) fn kill(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id()]).status();
        assert!(sent.unwrap().success(), "SIG{name} to {self}");
    }

    /// Waits for its successful end. Returns its output.
    #[track_caller]
    pub(crate) fn wait_for_success(&mut self) -> String {
        let status = wait_for(&format!("the end of {}", self.name), || {
            let status = self.child.try_wait().unwrap();
            status.ok_or_else(|| self.to_string())
        });
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        assert!(status.success(), "{status}: {self}");
        self.output.text()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if thread::panicking() {
            eprintln!("{self}");
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) printed:\n{}", self.name, self.id(), self.output.text())
    }
}

impl Output {
    fn read(&self, stream: impl Read + Send + 'static) -> JoinHandle<()> {
        let output = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                output.lines().push(line);
            }
        })
    }

    fn text(&self) -> String {
        self.lines().iter().flat_map(|line| [line, "\n"]).collect()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
