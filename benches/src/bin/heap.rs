//! Counts what the spans of one subject allocate. The comparison runs it; by itself: `cargo run --release --bin heap kept`.

use std::process::ExitCode;

use tasker_span_benches::failure::Failure;
use tasker_span_benches::heap::{self, Count};

fn main() -> ExitCode {
    let usage = std::env::args()
        .nth(1)
        .ok_or_else(|| Failure::new("usage: heap SUBJECT"))
        .and_then(|name| name.parse().map_err(Failure::new))
        .and_then(|subject| heap::measure(subject, count));
    match usage {
        Ok(usage) => {
            println!("{usage}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("heap: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn count(run: &mut dyn FnMut()) -> Count {
    let counted = allocation_counter::measure(run);
    Count {
        allocations: counted.count_total,
        held: counted.bytes_current,
    }
}
