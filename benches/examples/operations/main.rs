//! Measures collector faults and memory for `docs/operations.md`, in ten minutes. Fails if a call
//! does not return its value, if a span neither arrives nor counts as lost, or if new spans are lost
//! after the collector is back. `scripts/write-parts docs/operations.md` reads the output.

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
    problems.iter().for_each(|problem| eprintln!("{problem}"));
    ExitCode::from(u8::from(!problems.is_empty()))
}

fn print(part: &str, content: &str) {
    let content = content.trim();
    println!("<!-- generated: {part} -->\n\n{content}\n\n<!-- end: {part} -->\n");
}
