//! The command lines of the examples.

mod arguments;

pub use arguments::{Arguments, UsageError};
