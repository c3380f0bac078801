//! The side of the command: workers that take turns, and what their turns came to.

mod child;
mod rounds;
mod series;

pub use self::child::{Child, Process};
pub use self::rounds::{Cell, Effort, Results, run, turns};
pub use self::series::{Series, Spread, ratios};
