//! A small Tasker and a shop on it: the library of the examples. Not for use outside of this
//! repository.

#![expect(
    clippy::missing_errors_doc,
    reason = "each error is a `TaskerError` or a message for the user of an example"
)]

pub mod orders;
pub mod program;
pub mod tasker;
pub mod workload;

/// The examples of the page on HTTP, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/http.md")]
struct Http;
