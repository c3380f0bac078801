//! The behaviour of annotated functions, one module per subject. Each test captures its own spans; a test that needs a
//! process of its own is in `process`.

// On a module, this group is ignored.
#![forbid(future_incompatible)]

mod attributes;
mod capture;
mod derive;
mod edition_2024;
mod future_size;
pub mod lints;
mod links;
mod logs;
mod lost_attempt;
mod messages;
mod outcome;
mod parents;
mod propagation;
mod root;
mod sampling;
mod shapes;

/// Random cases; a failure prints its case instead of leaving a file.
fn random() -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    }
}
