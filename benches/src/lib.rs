//! Benchmarks: the comparison of a span with the alternatives, and the process whose instructions
//! are counted.

#[macro_use]
mod instrumentation;
mod calls;
mod command;
mod comparison;
mod count;
mod heap;
mod process;
mod receiver;
mod report;
mod scenario;
mod subject;
mod telemetry;
mod worker;

pub use self::command::run;
pub use self::heap::run as heap;
