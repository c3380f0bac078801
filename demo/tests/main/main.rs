//! The small Tasker and the examples on it, without servers.

mod crashes;
mod decisions;
mod engine;
mod orchestrators;
mod order_fulfillment;
mod sampling;
mod store;
mod traces;
