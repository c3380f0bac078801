//! The shapes of functions in the 2021 edition, and code that only that edition allows.

mod only_2021;
#[path = "../../../tests/behaviour/shapes/mod.rs"]
mod shapes;
