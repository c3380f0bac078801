//! The expansion of a plan. Nothing here can fail.

mod body;
mod ending;
mod opening;
mod return_type;

pub(crate) use body::function;
pub(crate) use opening::{call, opened};
