//! What `tasker-span audit --diff` writes compiles: the fixture before and after its migration.
#![allow(
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    unused_variables,
    dead_code
)]
#![allow(clippy::pedantic)]

#[rustfmt::skip]
#[path = "fixtures/audit/migration/src/engine.rs"]
mod before;
#[rustfmt::skip]
#[path = "fixtures/audit/migrated/engine.rs"]
mod after;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/audit");

#[test]
fn git_applies_the_diff_and_the_result_compiles() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    for file in ["Cargo.toml", "src/engine.rs"] {
        fs::copy(
            Path::new(FIXTURES).join("migration").join(file),
            folder.path().join(file),
        )
        .unwrap();
    }
    let audit = Command::new(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--diff"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(
        audit.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&audit.stderr)
    );

    let mut apply = Command::new("git")
        .arg("apply")
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    apply.stdin.take().unwrap().write_all(&audit.stdout).unwrap();
    assert!(
        apply.wait().unwrap().success(),
        "{}",
        String::from_utf8_lossy(&audit.stdout)
    );

    let migrated = fs::read_to_string(folder.path().join("src/engine.rs")).unwrap();
    let file = Path::new(FIXTURES).join("migrated/engine.rs");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &migrated).unwrap();
    }
    // This file is compiled above.
    assert_eq!(migrated, fs::read_to_string(file).unwrap());
}

#[test]
fn nothing_is_left_to_write_after_a_migration() {
    let audit = Command::new(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--diff", "migrated"])
        .current_dir(FIXTURES)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(audit.stdout).unwrap(), "");
}
