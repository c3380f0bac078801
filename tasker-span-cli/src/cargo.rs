//! The command `cargo tasker-span`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tasker_span_cli::run()
}
