//! Shared parts of the tests and examples of `tasker-span`.

pub mod calls;
pub mod collector;
pub mod composed;
pub mod config_file;
pub mod crowd;
pub mod example;
pub mod faults;
pub mod fixture;
pub mod poll;
pub mod prelude;
pub mod process;
pub mod program;
pub mod sampling;
pub mod scopes;
pub mod servers;

/// The examples of the documentation, run as tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/guide.md")]
    struct Guide;

    #[doc = include_str!("../../docs/migrating-from-instrument.md")]
    struct Migration;

    #[doc = include_str!("../../docs/operations.md")]
    struct Operations;

    #[doc = include_str!("../../docs/sampling.md")]
    struct Sampling;
}
