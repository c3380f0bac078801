//! Setup: one call that installs everything, or the parts for a program's own subscriber. It opens
//! no span.
//!
//! Settings are merged in `destination`, `precedence` and `sdk`. Only `env` reads the environment.
//! A wrong setting is an error that names it, never a silent default.

mod assemble;
mod batch;
mod builder;
mod config;
mod console;
mod destination;
mod endpoint;
mod env;
mod exporter;
mod filter;
mod handle;
mod options;
mod other_spans;
mod pairs;
mod precedence;
mod sdk;
mod telemetry;
#[cfg(feature = "tls")]
mod tls;
mod watch;

pub use builder::TelemetryBuilder;
pub use console::{Console, LogFormat};
pub use handle::SamplingHandle;
pub use options::{ExportOptions, Protocol};
pub use telemetry::Telemetry;
