//! The example programs as processes: built, started, listened to, and killed.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use tasker_span_tests::servers::wait_for;

/// A process that runs one of the examples. Dropped, it is killed.
#[derive(Debug)]
pub struct Program {
    name: String,
    child: Child,
    output: Output,
    readers: Vec<JoinHandle<()>>,
}

/// The lines that came so far, of both streams.
#[derive(Clone, Debug, Default)]
struct Output(Arc<Mutex<Vec<String>>>);

/// The example's command, without any of the environment's `OTEL_…` settings.
///
/// # Panics
///
/// If the example cannot be built.
pub fn command(example: &str) -> Command {
    let mut command = Command::new(built(example));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command
}

/// The example's program, up to date: Cargo is asked once for each process, since it builds no examples for
/// `cargo test --test NAME`.
fn built(example: &str) -> PathBuf {
    static BUILT: OnceLock<HashMap<String, PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    let path = built.get(example);
    path.unwrap_or_else(|| panic!("no example is called {example}: {built:?}"))
        .clone()
}

fn build() -> HashMap<String, PathBuf> {
    // `target/debug/deps/NAME-HASH`: the examples are built as this test was. Cargo's name of `debug` is `dev`.
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).and_then(|folder| folder.file_name()).unwrap();
    let profile = profile.to_str().filter(|name| *name != "debug").unwrap_or("dev");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--examples", "--message-format=json-render-diagnostics"])
        .args(["--package", env!("CARGO_PKG_NAME"), "--profile", profile])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the examples could not be built");
    let messages = output.stdout.split(|byte| *byte == b'\n');
    let messages = messages.filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let programs = messages.filter_map(|message| {
        let name = message.pointer("/target/name")?.as_str()?;
        let path = message.get("executable")?.as_str()?;
        Some((name.to_owned(), path.into()))
    });
    programs.collect()
}

impl Program {
    /// Starts the command; what it prints is read as it comes.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(name: impl Into<String>, command: &mut Command) -> Self {
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

    /// The process id, under which the programs also export their spans and claim steps.
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// What it printed so far, on both streams.
    pub fn output(&self) -> String {
        self.output.text()
    }

    /// Waits for a line that contains this text.
    ///
    /// # Panics
    ///
    /// If the line does not come, with what came.
    #[track_caller]
    pub fn wait_for_line(&self, text: &str) {
        wait_for(&format!("`{text}`"), || {
            let is_there = self.output().lines().any(|line| line.contains(text));
            is_there.then_some(()).ok_or_else(|| self.to_string())
        });
    }

    /// Ends it at once, as a machine that is switched off does.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to stop.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent.
    pub fn terminate(&self) {
        let mut kill = Command::new("kill");
        let sent = kill.args(["-TERM", &self.id()]).status();
        assert!(sent.unwrap().success(), "SIGTERM to {self}");
    }

    /// Waits until it has ended, and returns all that it printed.
    ///
    /// # Panics
    ///
    /// If it does not end, or fails.
    #[track_caller]
    pub fn wait_for_success(&mut self) -> String {
        let status = self.wait();
        assert!(status.success(), "{status}: {self}");
        self.output()
    }

    #[track_caller]
    fn wait(&mut self) -> ExitStatus {
        let status = wait_for(&format!("the end of {}", self.name), || {
            let status = self.child.try_wait().unwrap();
            status.ok_or_else(|| self.to_string())
        });
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
        status
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
        write!(f, "{} ({}) printed:\n{}", self.name, self.id(), self.output())
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

    fn lines(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
