//! `tasker-span catalogue`: the catalogue as data, for workers in other languages and for other tools. Its spans and attributes
//! are the runtime's; what the runtime adds to them is in `others`, and the derived ids are in `derived`.

mod derived;
mod json;
pub mod markdown;
mod others;
mod weaver;
mod yaml;

use clap::{Args, ValueEnum};
use tasker_span_runtime::catalogue::{Attribute, Family, SpanKind};

use crate::output::{Outcome, Result, print};

/// Prints the catalogue: spans, attributes, requirement levels, allowed parents and derived ids.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The format.
    #[arg(long, value_name = "FORMAT", default_value = "markdown")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Tables for readers.
    Markdown,
    /// For programs.
    Json,
    /// A registry of semantic conventions in the YAML of OpenTelemetry Weaver.
    Weaver,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let text = match arguments.format {
        Format::Markdown => markdown::page(),
        Format::Json => json::document()?,
        Format::Weaver => weaver::registry(),
    };
    print(&text)?;
    Ok(Outcome::Clean)
}

/// The type of a value in the catalogue, and as it is exported.
fn exported_type(attribute: Attribute) -> &'static str {
    match attribute.type_name() {
        "integer" => "integer",
        _ => "string",
    }
}

fn macro_of(family: Family) -> &'static str {
    match family {
        Family::Step => "step_span",
        _ => "task_span",
    }
}

/// The name of a span kind.
pub(crate) fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        _ => "internal",
    }
}

#[cfg(test)]
mod tests;
