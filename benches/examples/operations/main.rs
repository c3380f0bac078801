//! Measures collector faults and memory for `docs/operations.md`, in ten minutes. Fails if a call
//! does not return its value, if a span neither arrives nor counts as lost, or if new spans are lost
//! after the collector is back. `scripts/write-parts docs/operations.md` reads the output.

mod faults;
mod memory;

use std::io::{self, Write};

use anyhow::{Result, ensure};
use peak_alloc::PeakAlloc;
use tasker_span_tests::fault_injection;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

fn main() -> Result<()> {
    if fault_injection::serve() {
        return Ok(());
    }
    let (faults, problems) = faults::measure();
    print("collector-faults", &faults)?;
    // Last: it installs the global subscriber.
    print("memory", &memory::measure())?;
    ensure!(problems.is_empty(), problems.join("\n"));
    Ok(())
}

/// An error if the reader has gone: the measurement would be in vain.
fn print(part: &str, content: &str) -> io::Result<()> {
    let content = content.trim();
    writeln!(
        io::stdout(),
        "<!-- generated: {part} -->\n\n{content}\n\n<!-- end: {part} -->\n"
    )
}
