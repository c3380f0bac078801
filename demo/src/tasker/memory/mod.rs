//! Store, transactions and queues in the memory of one process.

mod queue;
mod store;
mod tables;
mod transaction;

pub use queue::MemoryQueue;
pub use store::MemoryStore;
pub use transaction::MemoryTransaction;
