//! Measures what `docs/operations.md` says of collector faults and of memory, and prints it as parts of that page.
//!
//! ```text
//! cargo run --release -p tasker-span-benches --example operations | scripts/write-parts docs/operations.md
//! ```
//!
//! It takes ten minutes. It fails if a call did not return its value, if a span neither arrived nor was counted as lost, or
//! if new spans were lost although the collector was back.

mod faults;
mod memory;

use std::process::ExitCode;

use peak_alloc::PeakAlloc;
use tasker_span_tests::fault_injection;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> ExitCode {
    if fault_injection::serve() {
        return ExitCode::SUCCESS;
    }
    let (faults, problems) = faults::measure();
    print("collector-faults", &faults);
    // Last: it installs the global subscriber.
    print("memory", &memory::measure());
    for problem in &problems {
        eprintln!("{problem}");
    }
    ExitCode::from(u8::from(!problems.is_empty()))
}

fn print(part: &str, content: &str) {
    println!(
        "<!-- generated: {part} -->\n\n{}\n\n<!-- end: {part} -->\n",
        content.trim()
    );
}
