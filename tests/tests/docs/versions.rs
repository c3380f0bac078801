//! `docs/adopting.md` has the versions of the manifests, and `Cargo.lock` has one version of each.

use std::fmt::Write;
use std::fs;
use std::path::Path;

const RUNTIME: &str = "tasker-span-runtime/Cargo.toml";
const PGMQ: &str = "tasker-span-pgmq/Cargo.toml";

/// The columns after the release, with the manifests that require them.
const CRATES: [(&str, &str); 7] = [
    ("opentelemetry", RUNTIME),
    ("opentelemetry_sdk", RUNTIME),
    ("tracing-opentelemetry", RUNTIME),
    ("tracing", RUNTIME),
    ("tracing-subscriber", RUNTIME),
    ("sqlx", PGMQ),
    ("pgmq", PGMQ),
];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The text between quotes after `key` at the start of a line.
fn value<'a>(text: &'a str, key: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(key));
    let line = line.unwrap_or_else(|| panic!("no line begins with {key:?}"));
    line[key.len()..].split('"').nth(1).unwrap()
}

/// The versions in `Cargo.lock`.
fn locked<'a>(lock: &'a str, name: &str) -> Vec<&'a str> {
    let packages = lock.split("[[package]]").skip(1);
    let named = packages.filter(|package| value(package, "name =") == name);
    named.map(|package| value(package, "version =")).collect()
}

#[test]
fn the_row_of_this_release_has_the_versions_of_the_manifests() {
    let (workspace, lock) = (read("Cargo.toml"), read("Cargo.lock"));
    let release = value(&workspace, "version =");
    let release = &release[..release.rfind('.').unwrap()];
    let mut row = format!("| {release} |");
    for (name, manifest) in CRATES {
        let manifest = read(manifest);
        let version = value(&manifest, &format!("{name} = {{ version ="));
        let _ = write!(row, " {version} |");
        let locked = locked(&lock, name);
        let [tested] = *locked else {
            panic!("{name} is locked in {} versions: {locked:?}", locked.len());
        };
        assert!(
            fits(tested, version),
            "{name} {tested} is tested, {version} is required"
        );
    }
    let _ = write!(row, " {} |", value(&workspace, "rust-version ="));

    let page = read("docs/adopting.md");
    let names: Vec<_> = CRATES.iter().map(|(name, _)| format!(" `{name}` |")).collect();
    let header = format!("| release |{} rustc |", names.concat());
    let table = page
        .split_once(&header)
        .unwrap_or_else(|| panic!("no table begins with {header}"))
        .1;
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    assert!(rows.clone().any(|line| line == row), "the table has no row\n{row}");
}

/// Whether Cargo takes the version where the other one is required. All are below 1.0.
fn fits(version: &str, required: &str) -> bool {
    let part = |text: &str, index| {
        text.split('.')
            .nth(index)
            .map_or(0, |part| part.parse::<u32>().unwrap())
    };
    part(version, 0) == 0 && part(version, 1) == part(required, 1) && part(version, 2) >= part(required, 2)
}
