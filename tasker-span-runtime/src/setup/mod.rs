//! One call that installs everything, or the parts for a program that composes its own subscriber.
//!
//! Settings are merged in `destination`, `precedence` and `sdk`, where the environment wins over the configuration file, and
//! that over the builder; `env` alone reads the environment. A wrong setting is an error that names it, never a silent
//! default.

mod assemble;
mod batch;
mod builder;
mod config;
mod console;
mod deadline;
mod destination;
mod endpoint;
mod env;
mod exporter;
mod filter;
mod handle;
mod options;
mod other_spans;
mod pairs;
mod pipeline;
mod precedence;
mod queue;
mod sdk;
mod telemetry;
mod watch;

pub use builder::TelemetryBuilder;
pub use console::{Console, LogIds, LogScopes};
pub use handle::SamplingHandle;
pub use options::{ExportOptions, Protocol};
pub use telemetry::Telemetry;
