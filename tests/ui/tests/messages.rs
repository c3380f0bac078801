//! Messages about mistakes: one mistake per file, and the whole message beside it. `TRYBUILD=overwrite` writes them.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler whose words the expected messages have. Each version has its own.
const COMPILER: &str = "rustc 1.95.";

fn is_their_compiler() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().expect("rustc runs");
    String::from_utf8_lossy(&version.stdout).starts_with(COMPILER)
}

/// With another compiler: as many errors, with the same first lines.
#[test]
fn mistakes_are_explained() {
    if is_their_compiler() {
        trybuild::TestCases::new().compile_fail("tests/fail/*/*.rs");
        return;
    }
    // The runner captures what `println!` writes, and shows it of failures only.
    let _ = writeln!(
        io::stderr(),
        "not {COMPILER}x: only the first lines of the errors are compared"
    );
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fail");
    let cases = copied(Path::new("tests/fail"), &copy);
    let program = std::env::current_exe().expect("tests know their binary");
    let written = Command::new(program)
        .args(["--exact", "program", "--ignored"])
        .env("TRYBUILD", "overwrite")
        .env(CASES, copy.join("*/*.rs"))
        .output()
        .expect("the program runs");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stdout));
    let differing: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let [expected, is] = [Path::new("tests/fail"), &copy].map(|folder| errors(&folder.join(case)));
            (expected != is).then(|| format!("{}\nexpected: {expected:#?}\nis: {is:#?}", case.display()))
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}

/// Where the program finds its cases.
const CASES: &str = "CASES";

/// Writes the messages of this compiler.
#[test]
#[ignore = "a program that the other test runs"]
fn program() {
    let cases = std::env::var(CASES).expect("the other test runs it");
    trybuild::TestCases::new().compile_fail(cases);
}

/// Copies the cases alone, and returns their paths without the ending.
fn copied(from: &Path, to: &Path) -> Vec<PathBuf> {
    let mut cases = Vec::new();
    let folders = fs::read_dir(from)
        .expect("the cases")
        .map(|entry| entry.expect("a folder").path());
    for folder in folders {
        let name = PathBuf::from(folder.file_name().expect("a folder"));
        fs::create_dir_all(to.join(&name)).expect("a folder of the copy");
        for file in fs::read_dir(&folder).expect("a folder of cases") {
            let file = file.expect("a case").path();
            let case = name.join(file.file_name().expect("a file"));
            if case.extension().is_some_and(|ending| ending == "rs") {
                fs::copy(&file, to.join(&case)).expect("a copied case");
                cases.push(case.with_extension(""));
            }
        }
    }
    cases.sort();
    cases
}

/// The first line of each error.
fn errors(case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.with_extension("stderr")).expect("the message of a case");
    let lines = text.lines().filter(|line| line.starts_with("error"));
    lines.map(str::to_owned).collect()
}
