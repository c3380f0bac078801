//! What the figures were taken on.

use std::fs;
use std::process::Command;

use super::table::Table;

/// The crates whose versions decide what is compared.
const CRATES: [&str; 7] = [
    "tasker-span-runtime",
    "tracing",
    "tracing-opentelemetry",
    "tracing-subscriber",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "fastrace",
];

/// The machine, the compiler and the versions, as a table.
pub fn machine() -> Table {
    let mut table = Table::new(["", ""]);
    let cores = std::thread::available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    table.row(["processor", &format!("{}, {cores} cores in use", processor())]);
    table.row(["memory", &memory()]);
    table.row(["kernel", &kernel()]);
    table.row(["compiler", &compiler()]);
    table.row(["allocator", "the system's"]);
    table.row(["crates", &versions()]);
    table
}

fn processor() -> String {
    proc("cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

fn memory() -> String {
    let kilobytes = proc("meminfo", "MemTotal").and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    kilobytes.map_or_else(
        || "?".to_owned(),
        |kilobytes| format!("{} GiB", kilobytes.div_ceil(1 << 20)),
    )
}

fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, release.trim())
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let profile = if cfg!(debug_assertions) {
        "without optimisation"
    } else {
        "`--release`"
    };
    format!("{}, {profile}", version.unwrap_or_default())
}

fn versions() -> String {
    let versions = CRATES.map(|name| format!("{name} {}", version(LOCK, name).unwrap_or("?")));
    versions.join(", ")
}

/// What the workspace is built with.
const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));

fn version<'a>(lock: &'a str, name: &str) -> Option<&'a str> {
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

/// The first value of a key in a file of `/proc`.
fn proc(file: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{file}")).ok()?;
    let (_, value) = text
        .lines()
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.trim() == key))?;
    Some(value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_has_a_version() {
        for name in CRATES {
            assert!(version(LOCK, name).is_some(), "{name}");
        }
        assert_eq!(version("name = \"a\"\nversion = \"1.2\"\n", "a"), Some("1.2"));
    }
}
