//! Measures what annotations cost the compiler: `cargo run --release -p tasker-span-benches --bin compile_time`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tasker_span_benches::compile_time::main()
}
