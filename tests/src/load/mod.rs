//! Load: very many spans open at once, or opened and dropped one after the other, and the bytes that they take.

mod blocks;
mod functions;
mod tasks;

pub use blocks::{Blocks, Left};
pub use tasks::{Allocated, OPEN_PER_TASK, PerSpan, Tasks};
