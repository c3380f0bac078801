//! What the end-to-end tests need of real servers: Jaeger's query API, databases, and the example programs as processes.

pub mod jaeger;
pub mod postgres;
pub mod programs;
pub mod shop;
mod wait;

pub use wait::wait_for;

/// The value of a variable that names a server.
///
/// # Panics
///
/// If it is not set: a test that was asked for must not pass without its server.
#[track_caller]
pub fn url(variable: &str) -> String {
    let url = std::env::var(variable).unwrap_or_default();
    assert!(
        !url.is_empty(),
        "{variable} is not set: run `scripts/with-servers cargo test …`, or set it to a server of your own"
    );
    url.trim_end_matches('/').to_owned()
}
