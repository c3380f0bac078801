//! Fault injection: a program whose collector fails, and what it notices. The tests try each fault once and briefly; the
//! benches try it longer and print a table.
//!
//! A [`Trial`] calls an annotated function with a [`Fault`] and without it, in turns. Its [`Outcome`] says which calls
//! returned, how long they took, and where every span went.

mod calls;
mod collector_process;
mod fault;
mod outcome;
mod trial;

pub use calls::Work;
pub use collector_process::{CollectorProcess, serve};
pub use fault::Fault;
pub use outcome::Outcome;
pub use trial::Trial;
