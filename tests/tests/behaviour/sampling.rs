//! Sampling at rates below 1: the exported spans and their `tracestate`.

mod allocations;
mod any_order;
mod contexts;
mod errors;
mod fields;
mod guards;
mod lost;
mod slowness;
mod tracestate;
mod trees;
mod unsampled;
