//! A small Tasker and a shop on it: what the examples run.

pub mod jaeger;
pub mod orders;
pub mod program;
pub mod tasker;
pub mod workload;
