//! A library with spans that a program in C loads and unloads. The programs are `loaded.c` and `examples/loaded.rs`.

use std::path::Path;
use std::process::{self, Command};

use tasker_span_tests::environment;

/// Built by `cargo test` with the tests; alone, `cargo build --example loaded` does it.
fn library() -> String {
    let tests = std::env::current_exe().unwrap();
    let library = tests.ancestors().nth(2).unwrap().join("examples/libloaded.so");
    assert!(library.exists(), "{} is not built", library.display());
    library.to_str().unwrap().to_owned()
}

#[test]
fn a_library_may_be_unloaded_whatever_its_threads_do() {
    let host = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("loaded-{}", process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/process/loaded.c");
    let mut cc = Command::new("cc");
    let cc = cc
        .args(["-O1", "-Wall", "-pthread", "-o"])
        .args([&host, &source])
        .arg("-ldl");
    assert!(cc.status().expect("cc, which links Rust programs").success());
    for (when, expected) in [
        // The export thread may still be ending: then it keeps the library.
        ("joined", ["3 ended unloaded\n", "3 ended loaded\n"]),
        // A thread that has thread-locals of the library keeps it.
        ("alive", ["3 ended loaded\n"; 2]),
        ("running", ["loaded\n"; 2]),
    ] {
        let output = environment::command(&host).args([&library(), when]).output().unwrap();
        let [out, log] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        let is_expected = output.status.success() && expected.contains(&&*out);
        assert!(is_expected, "{when}: {:?}\n{out}\n{log}", output.status);
    }
    std::fs::remove_file(&host).unwrap();
}
