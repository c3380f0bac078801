//! The examples as their users run them: built programs, in processes of their own.

use std::process::{Command, Output};

use crate::environment;

/// The program, which `cargo test` builds with the tests; alone, `cargo build --example NAME` does. What the caller exports
/// elsewhere is none of its business.
///
/// # Panics
///
/// If it is not built.
pub fn program(name: &str) -> Command {
    let deps = std::env::current_exe().unwrap();
    let path = deps.ancestors().nth(2).unwrap().join("examples").join(name);
    let path = path.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is not built", path.display());
    environment::command(path)
}

/// What it wrote to standard output, and to standard error.
///
/// # Panics
///
/// If it is no text.
pub fn text(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}
