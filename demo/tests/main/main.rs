//! The small Tasker and its examples, without servers.

mod admin;
mod closed_pipe;
mod crashes;
mod decisions;
mod domain_events;
mod http_entrance;
mod memory_store;
mod orchestrators;
mod order_fulfillment;
mod sampling;
mod states;
#[cfg(unix)]
mod terminal;
mod traces;
mod unknown_tasks;
