#![doc = include_str!("../README.md")]

mod batch;
mod body;
#[cfg(test)]
mod canary;
mod headers;
mod message;
mod queue;
mod read;
mod seconds;
mod send;
mod unreadable;

pub use batch::{SendBatch, send_batch};
pub use message::Message;
pub use read::{Read, read};
pub use send::{Send, send};
pub use unreadable::UnreadableMessage;

/// The examples of the page on queues, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/pgmq.md")]
struct Page;
