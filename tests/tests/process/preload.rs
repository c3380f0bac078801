//! Programs with a library in C that replaces functions of the system's libraries.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use tasker_span_tests::process::Program;

/// Compiles a source of this folder into the library.
pub(crate) fn compile(source: &str, library: &Path) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/process");
    let mut cc = Command::new("cc");
    let cc = cc
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
        .args([library, &folder.join(source)]);
    assert!(cc.status().expect("cc, which links Rust programs").success());
}

/// The program, with the library. Spaces separate the names in `LD_PRELOAD`, so that it cannot have a path.
pub(crate) fn preload(program: Program, library: &Path) -> Program {
    let name = library.file_name().and_then(|name| name.to_str()).unwrap();
    let inherited = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = library.parent().map(PathBuf::from).into_iter();
    let folders = folders.chain(env::split_paths(&inherited).filter(|folder| folder.is_absolute()));
    let folders = env::join_paths(folders).unwrap().into_string().unwrap();
    program.envs(&[("LD_PRELOAD", name), ("LD_LIBRARY_PATH", &folders)])
}
