//! Measures what a span costs, beside everything that would be used instead: `cargo run --release -p tasker-span-benches`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tasker_span_benches::command::main()
}
