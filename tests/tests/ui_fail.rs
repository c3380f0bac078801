//! What the compiler says about mistakes: one idea per file, the whole message beside it, read by eye after each
//! `TRYBUILD=overwrite`.

use std::process::Command;

/// The messages are the compiler's own words in part, and those change with each version.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn mistakes_are_explained() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs")
        .stdout;
    let version = String::from_utf8_lossy(&version);
    assert!(
        version.starts_with(COMPILER),
        "the messages were written by {COMPILER}x, and this is {version}: run this test there, or rewrite and read them"
    );
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*/*.rs");
}
