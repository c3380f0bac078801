//! What the programs of the PGMQ examples have in common: from the command line to the exit code.

mod arguments;
mod database;
mod progress;
mod run;
mod signals;
mod stop;

pub use arguments::{Arguments, UsageError};
pub use database::{DatabaseUnavailable, connect};
pub use progress::Progress;
pub use run::{Program, ProgramResult};
pub use signals::stop_requested;
pub use stop::until_stopped;
