//! What the examples share, from the command line to the exit code.

mod database;
mod output;
mod progress;
mod run;
mod stop;

pub use database::{DatabaseUnavailable, connect};
pub use output::{ProgramResult, exit_code, print};
pub use progress::Progress;
pub use run::{Program, seconds};
pub use stop::until_stopped;
