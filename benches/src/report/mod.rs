//! What the commands say: numbers, tables, a chart, and the page that they are written into.

mod budget;
mod chart;
mod document;
mod machine;
mod number;
mod progress;
mod table;

pub use self::budget::{Budget, Limit};
pub use self::chart::{Bar, draw};
pub use self::document::Document;
pub use self::machine::machine;
pub use self::number::{bytes, count, factor, float, spread_of_factor, spread_of_time, time, whole};
pub use self::progress::Progress;
pub use self::table::Table;
