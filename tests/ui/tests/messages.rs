//! Messages about mistakes: one mistake per file, and the whole message beside it. `TRYBUILD=overwrite` writes them.

use std::process::Command;

/// Messages change with each version of the compiler.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn mistakes_are_explained() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    let version = String::from_utf8_lossy(&version.stdout);
    assert!(
        version.starts_with(COMPILER),
        "this is {version}, and the expected messages are those of {COMPILER}x: run the test there, or rewrite them"
    );
    trybuild::TestCases::new().compile_fail("tests/fail/*/*.rs");
}
