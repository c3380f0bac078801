//! docs
#![allow(missing_docs)]
pub mod catalogue;
mod value; mod fields;
pub use value::*; pub use fields::*;
pub use uuid::Uuid;
