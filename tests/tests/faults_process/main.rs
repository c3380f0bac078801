//! What happens to a whole process: its system's clock is set, its console is gone, or it ends in the middle of its
//! spans.

#![cfg(unix)]

#[cfg(target_os = "linux")]
mod clock;
mod console;
mod ending;

use std::process::Command;

use tasker_span_tests::collector::Collector;

/// The program, exporting to the collector and to nobody else: only when it is full or told to, so that nothing depends on how
/// long it runs.
fn program(collector: &Collector) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_faults_program"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        program.env_remove(name);
    }
    program
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url())
        .env("OTEL_BSP_SCHEDULE_DELAY", "600000");
    program
}
