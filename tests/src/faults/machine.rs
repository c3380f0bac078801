//! What the figures were measured on.

use std::fs;
use std::thread;

/// The processor and the system, as Linux describes them.
pub(super) fn machine() -> String {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|info| {
        let line = info.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!(
        "{processors} × {}, {} {}",
        model.as_deref().unwrap_or("unknown processor"),
        std::env::consts::OS,
        release.trim()
    )
}
