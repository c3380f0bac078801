//! A program to which something happens: it ends in the middle of its spans, its system's clock is set, or its console is gone. The tests of faults
//! run it, with a collector in its environment.

mod clock;
mod console;
mod ending;

use std::path::Path;

use tasker_span_runtime::{Sampling, Telemetry};

/// Exports to wherever the standard variables say.
fn install(sampling: Sampling) -> Telemetry {
    let telemetry = Telemetry::builder()
        .service_name("faults")
        .console(tasker_span_runtime::Console::Off);
    telemetry.sampling(sampling).install().expect("settings that are right")
}

fn main() {
    let arguments = std::env::args().skip(1).collect::<Vec<_>>();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["clock", "kept", file] => clock::run(Sampling::new(), Path::new(file)),
        ["clock", "dropped", file] => clock::run(Sampling::new().task_rate(0.0), Path::new(file)),
        ["console"] => console::run(),
        ["ending", how] => ending::run(how),
        _ => panic!("expected `clock kept|dropped FILE`, `console` or `ending HOW`"),
    }
}
