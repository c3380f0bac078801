//! The compiler's view of the macros: its messages about mistakes, and the size of whole
//! expansions.

#[path = "ui/expansions.rs"]
mod expansions;
#[path = "ui/messages.rs"]
mod messages;

use std::process::Command;

/// Messages and printed code change with each version of the compiler.
const COMPILER: &str = "rustc 1.95.";

/// The compiler that builds the tests.
fn rustc() -> Command {
    let rustc = || Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let version = rustc().arg("--version").output().expect("rustc runs").stdout;
    let version = String::from_utf8_lossy(&version);
    assert!(
        version.starts_with(COMPILER),
        "this is {version}, and the expected messages are those of {COMPILER}x: run the test there, or rewrite them"
    );
    rustc()
}
