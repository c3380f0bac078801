//! One call that installs everything, or the parts for a program that composes its own subscriber.
//!
//! Settings are merged in `destination` and `sdk`, where the environment wins; `env` alone reads it. A wrong setting is an
//! error that names it, never a silent default.

mod batch;
mod builder;
mod console;
mod deadline;
mod destination;
mod endpoint;
mod env;
mod exporter;
mod filter;
mod options;
mod pairs;
mod pipeline;
mod report;
mod sdk;
mod telemetry;

pub use builder::TelemetryBuilder;
pub use console::Console;
pub use options::{ExportOptions, Protocol};
pub use report::ExportReport;
pub use telemetry::Telemetry;
