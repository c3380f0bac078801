//! Which spans are exported at rates below 1, and what they say of it.

mod allocations;
mod any_order;
mod contexts;
mod guards;
mod lost;
mod tracestate;
mod trees;
mod unsampled;
