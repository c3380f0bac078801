//! PGMQ with the carrier.

mod message;
mod read;
mod send;

pub use message::Message;
pub use read::{Read, read};
pub use send::{Send, SendBatch, send, send_batch};
