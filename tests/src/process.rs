//! Tests in a process of their own: for a global subscriber, exact counts or variables. A test that only must not run
//! beside another one needs a lock instead.

use std::any::type_name;
use std::env;
use std::process::{Command, Output};

/// Names the test that this process was started for.
const VARIABLE: &str = "TEST_ALONE";

/// Runs `test` in a child process, which is this test binary with the calling test alone.
///
/// A test calls it once, as its only statement.
///
/// # Panics
///
/// If the test fails. The message has the child's output.
pub fn alone<F: FnOnce()>(test: F) {
    let program = Program::new(name::<F>());
    if env::var(VARIABLE).is_ok_and(|name| name == program.name) {
        test();
    } else {
        program.log();
    }
}

/// A test function that other tests run as a program: `#[test] #[ignore = "a program"] fn program() { … }`.
pub fn program<F: Fn()>(_: F) -> Program {
    Program::new(name::<F>())
}

/// A test in a process of its own, without the caller's variables of OpenTelemetry and of the log.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    command: Command,
}

impl Program {
    fn new(name: &'static str) -> Self {
        let mut command = Command::new(env::current_exe().expect("tests know their binary"));
        command.args(["--exact", name, "--include-ignored", "--nocapture"]);
        for (variable, _) in env::vars_os() {
            let text = variable.to_string_lossy();
            if text.starts_with("OTEL_") || text.starts_with("RUST_LOG") {
                command.env_remove(variable);
            }
        }
        command.env(VARIABLE, name);
        Self { name, command }
    }

    /// With this variable.
    #[must_use]
    pub fn env(self, name: &str, value: &str) -> Self {
        self.envs(&[(name, value)])
    }

    /// With these variables.
    #[must_use]
    pub fn envs(mut self, variables: &[(&str, &str)]) -> Self {
        self.command.envs(variables.iter().copied());
        self
    }

    /// Runs it to its end, however that comes.
    ///
    /// # Panics
    ///
    /// If the binary has no such test.
    pub fn output(mut self) -> Output {
        let output = self.command.output().expect("the test binary runs");
        let found = String::from_utf8_lossy(&output.stdout).contains("running 1 test\n");
        assert!(found, "no test is called {}", self.name);
        output
    }

    /// Runs it to a successful end, and returns its standard error.
    ///
    /// # Panics
    ///
    /// If the test fails. The message has its output.
    pub fn log(self) -> String {
        let name = self.name;
        let output = self.output();
        let [out, log] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        assert!(output.status.success(), "{name} failed alone:\n{out}\n{log}");
        log.into_owned()
    }
}

/// The test's path in its crate: the name of its function, or of a closure inside it, without the crate.
fn name<F>() -> &'static str {
    let path = type_name::<F>();
    let path = path.split_once("::").map_or(path, |(_, path)| path);
    path.split_once("::{{closure}}").map_or(path, |(path, _)| path)
}
