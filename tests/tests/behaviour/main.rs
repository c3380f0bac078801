//! The behaviour of annotated functions, one module per subject. What concerns a whole process is in `process`.

// On a module, a part of these groups is ignored.
#![forbid(future_incompatible, rust_2021_compatibility, rust_2024_compatibility)]

mod attributes;
mod capture;
mod cold_process;
mod creation;
mod derive;
mod detached;
mod durations;
mod edition_2024;
mod executions;
mod false_ids;
mod future_size;
mod kinds;
mod lifetime;
mod links;
pub mod lints;
mod logs;
mod lost_attempt;
mod messages;
mod metrics;
mod outcome;
mod parents;
mod promotion;
mod propagation;
mod recorded_transition;
mod redaction;
mod robustness;
mod root;
mod sampling;
mod shapes;
mod span_names;
mod strict_location;

/// Random cases; a failure prints its case instead of leaving a file.
fn random() -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    }
}
