//! Shared parts of the tests and examples of `tasker-span`.

pub mod collector;
pub mod example;
pub mod fault_injection;
pub mod fixture;
pub mod load;
pub mod orders;
pub mod page;
pub mod probability;
pub mod process;
pub mod program;
pub mod servers;
pub mod tasker;
pub mod workload;

/// The examples of the documentation, run as tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/guide.md")]
    struct Guide;

    #[doc = include_str!("../../docs/migrating-from-instrument.md")]
    struct Migration;

    #[doc = include_str!("../../docs/pgmq.md")]
    struct Pgmq;

    #[doc = include_str!("../../docs/operations.md")]
    struct Operations;

    #[doc = include_str!("../../docs/sampling.md")]
    struct Sampling;
}
