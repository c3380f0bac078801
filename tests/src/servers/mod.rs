//! Real servers of the end-to-end tests: their addresses, databases, and polling.

pub mod postgres;
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
