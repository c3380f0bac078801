//! Tests in a process of their own: for a global subscriber, exact counts or variables. A test that
//! only must not run beside another one needs a lock instead.

use std::any::type_name;
use std::env;
use std::process::{Command, Output};
use std::thread;

use crate::environment;

/// Names the test that this process was started for.
const VARIABLE: &str = "TEST_ALONE";
/// The number of its case, if it has several.
const CASE: &str = "TEST_CASE";

/// Runs `test` in a child process, which is this test binary with the calling test alone.
///
/// A test calls it once, as its only statement.
///
/// # Panics
///
/// If the test fails. The message has the child's output.
pub fn alone<F: FnOnce()>(test: F) {
    alone_in(&[], test);
}

/// As [`alone`], with these environment variables.
///
/// # Panics
///
/// If the test fails. The message has the child's output.
pub fn alone_in<F: FnOnce()>(environment: &[(&str, &str)], test: F) {
    let program = Program::new(name::<F>());
    if env::var(VARIABLE).is_ok_and(|name| name == program.name) {
        return test();
    }
    let program = environment
        .iter()
        .fold(program, |program, (name, value)| program.env(name, value));
    program.log();
}

/// Runs `test` for each case, each in a child process of its own and all at once.
///
/// # Panics
///
/// If a case fails. The message has the child's output.
pub fn alone_each<T, F: FnOnce(T)>(cases: impl IntoIterator<Item = T>, test: F) {
    let name = name::<F>();
    let mut cases = cases.into_iter();
    if env::var(VARIABLE).is_ok_and(|other| other == name) {
        let case = env::var(CASE).ok().and_then(|case| cases.nth(case.parse().ok()?));
        test(case.expect("the parent has numbered the cases"));
    } else {
        let programs = (0..cases.count()).map(|case| Program::new(name).env(CASE, &case.to_string()));
        thread::scope(|threads| {
            let running: Vec<_> = programs.map(|program| threads.spawn(|| program.log())).collect();
            for program in running {
                program.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            }
        });
    }
}

/// A test function that other tests run as a program: `#[test] #[ignore = "a program"] fn program()
/// { … }`.
pub fn program<F: Fn()>(_: F) -> Program {
    Program::new(name::<F>())
}

/// A test in a process of its own, without the caller's variables of settings.
#[derive(Debug)]
pub struct Program {
    name: &'static str,
    command: Command,
}

impl Program {
    fn new(name: &'static str) -> Self {
        let mut command = environment::command(env::current_exe().expect("tests know their binary"));
        command.args(["--exact", name, "--include-ignored", "--nocapture"]);
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

    /// The command that runs it, for a test that kills it or talks to it. The test runner writes on
    /// standard output too.
    pub fn command(self) -> Command {
        self.command
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

/// The test's path in its crate: the name of its function, or of a closure inside it, without the
/// crate.
fn name<F>() -> &'static str {
    let path = type_name::<F>();
    let path = path.split_once("::").map_or(path, |(_, path)| path);
    path.split_once("::{{closure}}").map_or(path, |(path, _)| path)
}
