//! Counts the instructions of spans, and says whose they are. Run by `scripts/count-instructions`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tasker_span_benches::instructions::main()
}
