//! Reports: a table for people, and formats for programs.

mod github;
mod json;
mod sarif;
mod summary;
mod table;

use clap::ValueEnum;

use super::check::Report;

/// What a report looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Table,
    /// All sites and findings.
    Json,
    /// For GitHub's code scanning.
    Sarif,
    /// Annotations of a workflow of GitHub.
    Github,
}

/// Writes a report, with colours as escape codes. The cells of a table are wrapped at the width of a terminal.
pub fn write(report: &Report<'_>, format: Format, width: Option<usize>) -> String {
    match format {
        Format::Table => table::write(report, width),
        Format::Json => json::write(report),
        Format::Sarif => sarif::write(report),
        Format::Github => github::write(report),
    }
}
