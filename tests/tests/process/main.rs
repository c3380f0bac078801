//! Tests that need a process of their own: each runs alone in a child. Other tests of behaviour are in `behaviour`.

mod allocations;
mod console;
mod metrics;
