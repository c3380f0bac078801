//! The command `tasker-span`: audits the spans of a code base, reads and checks traces of Tasker.
//!
//! The command is the interface. What this library exports is for the tests of this repository, and changes without notice.

pub mod audit;
pub mod catalogue;
mod check;
mod command;
mod config;
mod escape;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod id;
pub mod jaeger;
mod json;
mod output;
#[cfg(test)]
mod properties;
mod query;
mod source;
mod trace;

pub use command::run;
