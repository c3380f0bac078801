//! The package of a file, and the names under which it knows the crates with the macros. Read from manifests, without Cargo.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tasker_span_runtime::testing::printable;
use toml::{Table, Value};

/// A package of Cargo.
#[derive(Debug, Default)]
pub struct Package {
    /// The name in paths: with `_`.
    pub name: String,
    /// The folder of its manifest.
    pub folder: PathBuf,
    /// The crates that it renames, by their name here.
    pub renames: BTreeMap<String, String>,
}

/// The packages that were found so far.
#[derive(Debug, Default)]
pub struct Packages {
    by_folder: HashMap<PathBuf, Arc<Package>>,
}

impl Packages {
    /// The package with the nearest manifest above the file. A file without one is in a package without a name.
    pub fn of(&mut self, file: &Path) -> Arc<Package> {
        let folder = file.parent().unwrap_or(Path::new(""));
        self.in_folder(folder)
    }

    fn in_folder(&mut self, folder: &Path) -> Arc<Package> {
        if let Some(known) = self.by_folder.get(folder) {
            return Arc::clone(known);
        }
        let package = match read(folder) {
            Some(package) => Arc::new(package),
            None => above(folder).map_or_else(Arc::default, |above| self.in_folder(&above)),
        };
        self.by_folder.insert(folder.to_owned(), Arc::clone(&package));
        package
    }
}

/// The folder above, beyond the start of a relative path too.
fn above(folder: &Path) -> Option<PathBuf> {
    match folder.parent() {
        Some(parent) => Some(parent.to_owned()),
        None if folder.is_absolute() => None,
        None => std::env::current_dir().ok()?.parent().map(Path::to_owned),
    }
}

fn read(folder: &Path) -> Option<Package> {
    Package::parse(&fs::read_to_string(folder.join("Cargo.toml")).ok()?, folder)
}

impl Package {
    /// Reads a manifest. `None` if it has no package.
    pub fn parse(manifest: &str, folder: &Path) -> Option<Self> {
        let manifest: Table = manifest.parse().ok()?;
        let name = manifest.get("package")?.get("name")?.as_str()?;
        let name = printable(name.trim()).replace('-', "_");
        let mut renames = BTreeMap::new();
        for table in ["dependencies", "dev-dependencies"] {
            collect(manifest.get(table), folder, &mut renames);
        }
        Some(Self {
            name,
            folder: folder.to_owned(),
            renames,
        })
    }
}

fn collect(dependencies: Option<&Value>, folder: &Path, renames: &mut BTreeMap<String, String>) {
    let Some(dependencies) = dependencies.and_then(Value::as_table) else {
        return;
    };
    for (name, dependency) in dependencies {
        let package = match dependency.get("package").and_then(Value::as_str) {
            Some(package) => Some(package.to_owned()),
            None if dependency.get("workspace").and_then(Value::as_bool) == Some(true) => inherited(name, folder),
            None => None,
        };
        if let Some(package) = package {
            renames.insert(name.replace('-', "_"), package.replace('-', "_"));
        }
    }
}

/// The package behind a dependency of the workspace.
fn inherited(name: &str, folder: &Path) -> Option<String> {
    let folder = fs::canonicalize(folder).ok()?;
    let mut manifests = folder.ancestors().filter_map(|above| {
        let manifest: Table = fs::read_to_string(above.join("Cargo.toml")).ok()?.parse().ok()?;
        manifest.get("workspace").cloned()
    });
    let package = manifests
        .next()?
        .get("dependencies")?
        .get(name)?
        .get("package")?
        .as_str()?
        .to_owned();
    Some(package)
}

/// The module of a file by its place: `src/a/mod.rs` is `a`, `tests/a.rs` is `tests::a`. It is part of a line of the baseline.
pub fn module(package: &Package, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(&package.folder).unwrap_or(file);
    let mut parts: Vec<String> = inside
        .with_extension("")
        .components()
        .map(|component| printable(component.as_os_str().to_string_lossy().trim()).into_owned())
        .collect();
    let is_source = parts.first().is_some_and(|first| first == "src");
    if is_source {
        parts.remove(0);
    }
    let is_root =
        parts.last().is_some_and(|last| matches!(last.as_str(), "lib" | "main")) && is_source && parts.len() == 1;
    if is_root || parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}
