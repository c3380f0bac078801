//! The command as its users run it: output, exit codes, pipes.

mod catalogue;
mod check;
mod config;
mod e2e;
mod id;
mod pipes;
mod server;
mod shell;
mod trace;

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tasker_span_tests::environment;

/// The command, in 100 columns, without what the caller exports.
fn command(arguments: &[&str]) -> Command {
    let mut command = Command::from_std(environment::command(assert_cmd::cargo::cargo_bin!("tasker-span")));
    command.env("COLUMNS", "100").env("NO_COLOR", "1").args(arguments);
    command
}

/// How the command ended, and what it wrote to both streams.
fn run(arguments: &[&str]) -> (i32, String, String) {
    ended(&mut command(arguments))
}

fn ended(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn data(name: &str) -> String {
    path(name).display().to_string()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Compares the text with the file, or writes the file if `UPDATE=1` is set.
#[track_caller]
fn assert_snapshot(name: &str, text: &str) {
    let path = path("snapshots").join(name);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text,
        expected,
        "{} differs: run with UPDATE=1, and read the difference",
        path.display()
    );
}
