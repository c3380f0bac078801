//! The machine and the versions behind the figures.

use std::fs;
use std::process::Command;

use super::Table;

/// The crates that the comparison depends on.
const CRATES: &str = "tasker-span-runtime tracing tracing-opentelemetry tracing-subscriber opentelemetry_sdk \
                      opentelemetry-otlp fastrace";

pub(crate) fn machine() -> Table {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let compiler = Command::new("rustc").arg("--version").output();
    let compiler = compiler.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let profile = if cfg!(debug_assertions) {
        "without optimisation"
    } else {
        "`--release`"
    };
    let processor = processor.map_or(std::env::consts::ARCH, |(_, name)| name);
    let versions = CRATES
        .split_whitespace()
        .map(|name| format!("{name} {}", version(name).unwrap_or("?")));
    let mut table = Table::new(["", ""]);
    table.row(["processor", &format!("{processor}, {cores} cores in use")]);
    table.row(["kernel", &format!("{} {}", std::env::consts::OS, kernel.trim())]);
    table.row(["compiler", &format!("{}, {profile}", compiler.unwrap_or_default())]);
    table.row(["allocator", "the system's"]);
    table.row(["crates", &versions.collect::<Vec<_>>().join(", ")]);
    table
}

fn version(name: &str) -> Option<&'static str> {
    let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"));
    let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_crate_has_a_version() {
        let unknown = super::CRATES
            .split_whitespace()
            .find(|name| super::version(name).is_none());
        assert_eq!(unknown, None);
    }
}
