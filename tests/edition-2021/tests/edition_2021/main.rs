//! The shapes of functions in the 2021 edition, and what only that edition allows.

mod migrating;
mod only_2021;
#[path = "../../../tests/behaviour/shapes/mod.rs"]
mod shapes;
