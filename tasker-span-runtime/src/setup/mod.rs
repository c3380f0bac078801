//! Setup: one call that installs everything, or the parts for a program's own subscriber. It opens
//! no span.
//!
//! Settings are merged in `destination`, `limits`, `precedence`, `resource`, `sdk` and `switch`, and shown by `settings`. Only `env` reads the environment.
//! A wrong setting is an error that names it, never a silent default. One that is known and not supported is one of
//! `warnings`.

mod assemble;
mod batch;
mod builder;
mod config;
mod console;
mod destination;
mod duration;
mod endpoint;
mod env;
mod exporter;
mod exporter_choice;
mod filter;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handle;
mod layers;
mod limits;
mod log_records;
mod logs;
mod namespace_rates;
mod of_process;
mod options;
mod other_spans;
mod own_exporter;
mod own_layers;
mod pairs;
mod precedence;
mod process;
mod redact;
mod redact_spans;
mod resolve;
mod resource;
mod running_after;
mod sdk;
mod settings;
mod slower_than;
mod span_names;
mod switch;
mod telemetry;
mod tls;
mod unsupported;
mod warnings;
mod watch;

#[cfg(all(
    test,
    feature = "otlp-grpc",
    feature = "otlp-http",
    feature = "tls",
    feature = "gzip"
))]
mod documented_variables;

pub use builder::TelemetryBuilder;
pub use console::{Console, LogFormat};
#[doc(hidden)]
pub use env::ignore_environment;
pub use handle::SamplingHandle;
#[cfg(feature = "logs")]
pub use logs::LogIds;
pub use logs::SamplingFilter;
pub use of_process::{set_error_description, set_sampling};
pub use options::{Compression, ExportOptions, Protocol};
pub use settings::{EffectiveSetting, SettingSource, Settings};
pub use telemetry::Telemetry;
