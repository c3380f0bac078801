//! Shared parts of the tests and examples of `tasker-span`.

pub mod fixture;
pub mod orders;
pub mod tasker;
