//! Libraries in C that are preloaded into programs, and replace functions of the system's libraries.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles a source, below the folder of this package, into the library.
///
/// # Panics
///
/// If there is no `cc`, which links Rust programs, or it fails.
pub fn compile(source: &str, library: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(source);
    let mut cc = Command::new("cc");
    let cc = cc
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
        .args([library, &source]);
    assert!(cc.status().expect("cc, which links Rust programs").success());
}

/// The variables of a program with the library. Spaces separate the names in `LD_PRELOAD`, so that it cannot have a path.
///
/// # Panics
///
/// If the path of the library is not UTF-8.
pub fn variables(library: &Path) -> [(&'static str, String); 2] {
    let name = library.file_name().and_then(|name| name.to_str()).unwrap();
    let inherited = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = library.parent().map(PathBuf::from).into_iter();
    let folders = folders.chain(env::split_paths(&inherited).filter(|folder| folder.is_absolute()));
    let folders = env::join_paths(folders).unwrap().into_string().unwrap();
    [("LD_PRELOAD", name.to_owned()), ("LD_LIBRARY_PATH", folders)]
}
