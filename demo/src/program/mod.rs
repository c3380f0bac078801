//! What the examples with servers share, from the command line to the exit code.

mod database;
mod progress;
mod run;
mod stop;

pub use database::{DatabaseUnavailable, connect};
pub use progress::Progress;
pub use run::{Program, ProgramResult, seconds};
pub use stop::until_stopped;
