//! What the fuzz targets of `fuzz/` call: settings of an environment that no process has. Compiled by `--cfg fuzzing` alone.

use std::ffi::OsString;

use crate::error::Error;
use crate::setup::batch::Batch;
use crate::setup::builder::TelemetryBuilder;
use crate::setup::destination::Destination;
use crate::setup::env::Environment;
use crate::setup::filter::Levels;
use crate::setup::options::ExportOptions;
use crate::setup::settings::Settings;
use crate::setup::warnings::Warnings;

/// [`TelemetryBuilder::settings`] with these variables.
///
/// # Errors
///
/// A setting is wrong.
pub fn settings(builder: &TelemetryBuilder, lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Settings, Error> {
    builder.settings_in(Environment::reading(lookup))
}

/// The settings of an export with these variables.
///
/// # Errors
///
/// A setting is wrong.
pub fn export_settings(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<Settings, Error> {
    let (env, mut warnings) = (Environment::reading(lookup), Warnings::default());
    let destination = Destination::resolve(ExportOptions::new(), env, &mut warnings)?;
    let batch = Batch::resolve(env)?;
    let settings = [destination.settings(env), batch.settings(env).to_vec()].concat();
    Ok(Settings::new(settings, warnings.messages().to_vec()))
}

/// The levels of `RUST_LOG`.
///
/// # Errors
///
/// It has no levels.
pub fn levels(lookup: &dyn Fn(&str) -> Option<OsString>) -> Result<(), Error> {
    let levels = Environment::reading(lookup).text("RUST_LOG")?;
    levels.as_ref().map(Levels::parse).transpose().map(drop)
}
