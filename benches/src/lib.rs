//! What a span costs, beside everything that would be used instead.
#![allow(
    clippy::missing_errors_doc,
    reason = "the library of this package's commands: their one error is a message for whoever runs them"
)]

pub mod calls;
pub mod command;
pub mod comparison;
pub mod compile_time;
pub mod failure;
pub mod heap;
pub mod instructions;
pub mod instrumentation;
pub mod receiver;
pub mod report;
pub mod scenario;
pub mod sections;
pub mod setup;
pub mod subject;
pub mod worker;
