//! The command `tasker-span`: audits the spans of a code base, reads and checks traces of Tasker.

pub mod audit;
mod command;

pub use command::run;
