//! Setup: the builder, the environment, the configuration file, and where spans arrive.

mod config_errors;
mod config_file;
mod environment;
mod errors;
mod export;
mod exported_logs;
pub(crate) mod file;
mod layers;
mod log_records;
mod overlays;
mod own_exporter;
mod own_logs;
mod own_registry;
mod resource;
mod secrets;
mod settings;
mod watch;
