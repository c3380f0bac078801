//! Writes the crates that are compiled: a workspace of their own inside the target directory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::variant::Variant;
use crate::failure::Failure;

/// How many modules of [ten functions](FUNCTIONS) a crate has.
pub(super) const MODULES: usize = 30;
/// The annotated functions of a module.
pub(super) const PER_MODULE: usize = 10;
/// The module in whose first function something changes.
const CHANGING: usize = MODULES / 2;

const FUNCTIONS: &str = include_str!("templates/functions.template");
const MODEL: &str = include_str!("templates/model.template");
const LIB: &str = include_str!("templates/lib.template");
const MAIN: &str = include_str!("templates/main.template");
const MANIFEST: &str = include_str!("templates/manifest.template");
const WORKSPACE: &str = include_str!("templates/workspace.template");

/// The workspace of the crates.
#[derive(Debug)]
pub(super) struct Project {
    pub(super) folder: PathBuf,
}

impl Project {
    /// Writes it all.
    pub(super) fn write(folder: PathBuf) -> Result<Self, Failure> {
        let project = Self { folder };
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let repository = repository
            .canonicalize()
            .map_err(Failure::of("finding the repository"))?;
        for variant in Variant::ALL {
            project.write_crate(variant, &repository)?;
        }
        save(&project.folder.join("Cargo.toml"), WORKSPACE)?;
        // The versions that this repository is tested with.
        let lock = fs::read_to_string(repository.join("Cargo.lock")).map_err(Failure::of("reading the lock file"))?;
        save(&project.folder.join("Cargo.lock"), &lock)?;
        Ok(project)
    }

    /// The crate's name in commands.
    pub(super) fn package(variant: Variant) -> String {
        format!("functions_{}", variant.name)
    }

    /// Lets the compiler see the crate as changed, although it has not.
    pub(super) fn touch(&self, variant: Variant) -> Result<(), Failure> {
        let touched = File::options()
            .append(true)
            .open(self.source(variant).join("lib.rs"))
            .and_then(|file| file.set_modified(SystemTime::now()));
        touched.map_err(Failure::of("touching a source"))
    }

    /// Changes a number in the body of one function.
    pub(super) fn change(&self, variant: Variant, revision: usize) -> Result<(), Failure> {
        let path = self.source(variant).join(format!("part_{CHANGING}.rs"));
        let text =
            module(variant, CHANGING).replacen("attempt_number > ", &format!("attempt_number > {revision} * "), 1);
        save(&path, &text)
    }

    fn source(&self, variant: Variant) -> PathBuf {
        self.folder.join(variant.name).join("src")
    }

    fn write_crate(&self, variant: Variant, repository: &Path) -> Result<(), Failure> {
        let source = self.source(variant);
        fs::create_dir_all(&source).map_err(Failure::of("making the folders of the crates"))?;
        save(&source.join("model.rs"), &variant.functions.text(MODEL))?;
        for part in 0..MODULES {
            save(&source.join(format!("part_{part}.rs")), &module(variant, part))?;
        }
        save(&source.join("lib.rs"), &library())?;
        let text = |template| variant.telemetry.text(template).replace("NAME", variant.name);
        save(&source.join("main.rs"), &text(MAIN))?;
        let manifest = text(MANIFEST).replace("REPOSITORY", &repository.to_string_lossy());
        save(&self.folder.join(variant.name).join("Cargo.toml"), &manifest)
    }
}

fn module(variant: Variant, part: usize) -> String {
    variant.functions.text(FUNCTIONS).replace("NUMBER", &part.to_string())
}

fn library() -> String {
    let (mut modules, mut calls) = (String::new(), String::new());
    for part in 0..MODULES {
        // A `String` takes all that is written.
        let _ = writeln!(modules, "pub mod part_{part};");
        let _ = writeln!(calls, "    sum += part_{part}::all(store, message).await?;");
    }
    LIB.replace("MODULES", modules.trim_end())
        .replace("CALLS", calls.trim_end())
}

fn save(path: &Path, text: &str) -> Result<(), Failure> {
    // What has not changed keeps its time, so that what was built of it before still holds.
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    fs::write(path, text).map_err(Failure::of("writing the crates"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_annotates_every_function() {
        let plain = module(Variant::PLAIN, 7);
        let of = |variant, attribute: &str| module(variant, 7).matches(attribute).count();
        assert_eq!(plain.matches("#[").count(), 0);
        assert_eq!(
            of(Variant::OURS, "#[task_span(") + of(Variant::OURS, "#[step_span("),
            PER_MODULE
        );
        assert_eq!(of(Variant::INSTRUMENT, "#[instrument("), PER_MODULE);
    }

    #[test]
    fn a_change_is_one() {
        let folder = std::env::temp_dir().join(format!("tasker-span-project-{}", std::process::id()));
        let project = Project::write(folder.clone()).unwrap();
        let path = project.source(Variant::OURS).join(format!("part_{CHANGING}.rs"));
        let before = fs::read_to_string(&path).unwrap();
        project.change(Variant::OURS, 1).unwrap();
        let after = fs::read_to_string(&path).unwrap();
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(
            before
                .lines()
                .zip(after.lines())
                .filter(|(before, after)| before != after)
                .count(),
            1
        );
    }
}
