//! The Rust files below some paths, in a fixed order, without what `.gitignore` names.

use std::collections::BTreeSet;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use ignore::WalkBuilder;

/// Finds the Rust files below the paths. A file that is named is audited, whatever its name is.
///
/// # Errors
///
/// A path does not exist, or is a folder without a Rust file: a wrong folder is not clean.
pub fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = BTreeSet::new();
    for path in paths {
        if path.is_file() {
            files.insert(tidy(path));
            continue;
        }
        if !path.is_dir() {
            return Err(format!("{}: there is no such file or folder", path.display()));
        }
        let walk = WalkBuilder::new(path)
            .require_git(false)
            .filter_entry(|entry| !is_build_folder(entry.path()))
            .build();
        let mut is_empty = true;
        for entry in walk {
            // A folder that may not be read is reported with its path.
            let entry = entry.map_err(|error| error.to_string())?;
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            if is_file && entry.path().extension().is_some_and(|extension| extension == "rs") {
                files.insert(tidy(entry.path()));
                is_empty = false;
            }
        }
        if is_empty {
            return Err(format!(
                "{}: the folder has no Rust file beside what `.gitignore` names",
                path.display()
            ));
        }
    }
    Ok(files.into_iter().collect())
}

/// Cargo marks the folders that it builds in.
fn is_build_folder(path: &Path) -> bool {
    path.is_dir() && path.join("CACHEDIR.TAG").is_file()
}

/// The path below the current folder, if it is there: `./src/a.rs` is `src/a.rs`.
fn tidy(path: &Path) -> PathBuf {
    let path = std::env::current_dir()
        .ok()
        .and_then(|current| path.strip_prefix(current).ok())
        .unwrap_or(path);
    path.components()
        .filter(|component| *component != Component::CurDir)
        .collect()
}

/// The path as reports show it: with `/` on every platform.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().replace(MAIN_SEPARATOR, "/")
}
