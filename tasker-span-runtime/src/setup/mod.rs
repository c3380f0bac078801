//! Setup: one call that installs everything, or the parts for a program's own subscriber. It opens
//! no span.
//!
//! Settings are merged in `destination`, `limits`, `precedence` and `sdk`. Only `env` reads the environment.
//! A wrong setting is an error that names it, never a silent default.

mod assemble;
mod batch;
mod builder;
mod compiled_out;
mod config;
mod console;
mod deadline;
mod destination;
mod endpoint;
mod env;
mod exporter;
mod filter;
mod handle;
mod layers;
mod limits;
mod log_records;
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
pub use console::{Console, LogFormat};
pub use handle::SamplingHandle;
pub use options::{ExportOptions, Protocol};
pub use telemetry::Telemetry;
