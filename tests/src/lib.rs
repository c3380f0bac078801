//! Shared parts of the tests of `tasker-span`, for its benches and its demo too.

pub mod calls;
pub mod clock;
pub mod collector;
pub mod composed;
pub mod environment;
pub mod example;
pub mod export_program;
pub mod fault_injection;
pub mod fixture;
pub mod load;
pub mod metrics;
pub mod page;
pub mod poll;
pub mod preload;
pub mod prelude;
pub mod process;
pub mod sampling;
pub mod servers;

/// The examples of the documentation, run as tests.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/adopting.md")]
    struct Adopting;

    #[doc = include_str!("../../docs/guide.md")]
    struct Guide;

    #[doc = include_str!("../../docs/metrics.md")]
    struct Metrics;

    #[doc = include_str!("../../docs/migrating-from-instrument.md")]
    struct Migration;

    #[doc = include_str!("../../docs/operations.md")]
    struct Operations;

    #[doc = include_str!("../../docs/sampling.md")]
    struct Sampling;
}
