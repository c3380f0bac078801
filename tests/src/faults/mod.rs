//! What a program notices of a collector that fails, and what is left of its spans: the method behind the tests of these faults
//! and behind the table in `docs/operations.md`.
//!
//! A [`Trial`] calls an annotated function while a [`Fault`] holds and while it does not, in turns, and says in its [`Outcome`]
//! which calls returned, how long they took, and where every span went.

mod calls;
mod control;
mod fault;
mod figures;
mod flood;
mod killing;
mod latency;
mod machine;
mod outcome;
mod page;
mod process;
mod table;
mod trial;
mod turns;

pub use calls::Work;
pub use control::Controlled;
pub use fault::Fault;
pub use figures::Figures;
pub use latency::Latencies;
pub use outcome::Outcome;
pub use page::with_part;
pub use process::{CollectorProcess, serve_collector};
pub use table::Table;
pub use trial::{Trial, alone};
