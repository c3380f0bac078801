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
use std::process::Stdio;

use tasker_span_tests::environment;

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
    migrate(folder.path());

    let migrated = fs::read_to_string(folder.path().join("src/engine.rs")).unwrap();
    let file = Path::new(FIXTURES).join("migrated/engine.rs");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &migrated).unwrap();
    }
    // This file is compiled above.
    assert_eq!(migrated, fs::read_to_string(file).unwrap());
}

/// The blocks that the audit suggests.
mod blocks {
    use tasker_span_runtime::{Uuid, step_scope, task_scope};

    use crate::before::{Step, Task};

    pub fn blocks(task: &Task, step: Step, id: Uuid) {
        let rows = 3;
        #[rustfmt::skip]
        let _backup = task_scope!("task.backup", within = "task.orchestration", task = task, task_uuid = id, level = "debug", fields(rows, quoted.name = rows));
        #[rustfmt::skip]
        let _check = step_scope!("step.check", within = "step.execution", task = task, step = step, level = tracing::Level::WARN);
    }
}

#[test]
fn suggested_blocks_compile() {
    let audit = environment::command(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--suggest", "--format", "json", "migration"])
        .current_dir(FIXTURES)
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&audit.stdout).unwrap();
    let sites = report["sites"].as_array().unwrap().iter();
    let blocks = sites.filter(|site| site["function"] == "migration::engine::blocks");
    let blocks: Vec<_> = blocks
        .filter_map(|site| site["suggestion"]["text"].as_str())
        .filter(|text| text.contains("_scope!"))
        .collect();
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let line = block
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace("( ", "(")
            .replace(", )", ")");
        // This file is compiled.
        assert!(include_str!("migration.rs").contains(&line), "{line}");
    }
}

/// Windows line ends, no line end at all, and a path with a space.
#[test]
fn git_applies_the_diff_of_odd_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b.rs");
    let text =
        "use tracing::{info, instrument};\r\n\r\n    #[instrument]\r\n    fn f(task_uuid: Uuid) { info!(\"ä\") }";
    fs::write(&file, text).unwrap();
    migrate(folder.path());
    let expected = "use tasker_span_runtime::task_span;\r\nuse tracing::info;\r\n\r\n    \
        #[task_span(\r\n        \"task.f\",\r\n        within = \"task.orchestration\",\r\n        \
        task_uuid = task_uuid,\r\n        inherit(correlation_id, namespace),\r\n    )]\r\n    \
        fn f(task_uuid: Uuid) { info!(\"ä\") }";
    assert_eq!(fs::read_to_string(file).unwrap(), expected);
}

/// As Git itself does: otherwise a name could end the line, or steer the terminal of a reader.
#[cfg(unix)]
#[test]
fn git_applies_the_diff_of_names_that_it_quotes() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "quoted \"a\".rs",
        "back\\slash.rs",
        "line\nfeed.rs",
        "esc\u{1b}[2J.rs",
        "bidi\u{202e}.rs",
        "größe.rs",
    ];
    for name in names {
        fs::write(
            folder.path().join(name),
            "#[tracing::instrument]\nfn f(task_uuid: Uuid) {}\n",
        )
        .unwrap();
    }
    let audit = environment::command(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--diff"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let diff = String::from_utf8(audit.stdout).unwrap();
    assert!(diff.lines().all(|line| !line.contains(char::is_control)), "{diff}");
    assert!(diff.contains("--- \"a/bidi\\342\\200\\256.rs\"\n"), "{diff}");
    assert!(diff.contains("--- a/größe.rs\n"), "{diff}");
    migrate(folder.path());
    for name in names {
        let text = fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains("task_span("), "{name:?}: {text}");
    }
}

#[test]
fn nothing_is_left_to_write_after_a_migration() {
    let audit = environment::command(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--diff", "migrated"])
        .current_dir(FIXTURES)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(audit.stdout).unwrap(), "");
}

/// `tasker-span audit --diff | git apply`
fn migrate(folder: &Path) {
    let audit = environment::command(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--diff"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(
        audit.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&audit.stderr)
    );

    let mut apply = environment::command("git")
        .arg("apply")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    apply.stdin.take().unwrap().write_all(&audit.stdout).unwrap();
    assert!(
        apply.wait().unwrap().success(),
        "{}",
        String::from_utf8_lossy(&audit.stdout)
    );
}
