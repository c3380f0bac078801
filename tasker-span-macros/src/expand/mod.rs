//! Writes a plan down. Nothing here can fail.

mod body;
mod ending;
mod opening;
mod return_type;

pub(crate) use body::function;
pub(crate) use opening::block;
