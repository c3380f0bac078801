//! `tasker-span audit`, as a shell runs it.

mod command;
mod expected;
mod hostile;
mod page;
mod snapshots;

use std::path::PathBuf;

use assert_cmd::Command;
use tasker_span_tests::environment;

/// A folder of the fixtures.
fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/audit")
        .join(name)
}

/// The command in a folder.
fn audit(folder: &str) -> Command {
    let mut command = Command::from_std(environment::command(env!("CARGO_BIN_EXE_tasker-span")));
    command.current_dir(fixture(folder)).arg("audit");
    command
}

/// What it writes to standard output.
fn output(command: &mut Command) -> String {
    String::from_utf8(command.output().expect("it runs").stdout).expect("it is text")
}
