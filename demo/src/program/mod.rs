//! What the examples that need servers have in common: from the command line to the exit code.

mod arguments;
mod database;
mod jaeger;
mod progress;
mod run;
mod signals;
mod stop;

pub use arguments::{Arguments, UsageError};
pub use database::{DatabaseUnavailable, connect};
pub use jaeger::jaeger_url;
pub use progress::Progress;
pub use run::{Program, ProgramResult};
pub use signals::stop_requested;
pub use stop::until_stopped;
