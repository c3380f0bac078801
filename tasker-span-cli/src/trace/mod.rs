//! `tasker-span trace`: traces as trees.

mod follow;
mod json;
mod text;

pub(crate) use self::json::of as json;
pub(crate) use self::text::{Style, of as text};

use clap::Args;
use tasker_span_runtime::UnknownNamespace;

use crate::output::{Outcome, Result, note, print, print_json};
use crate::query::{Queries, Query};
use crate::source::{Source, Traces};

/// Prints traces as trees: attempts, errors and links, from Jaeger or from files.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags")]
pub(crate) struct Arguments {
    #[command(flatten)]
    queries: Queries,
    /// Prints again whenever spans have arrived, until each task has its root.
    #[arg(long, short)]
    follow: bool,
    /// Shows every span, however many are alike.
    #[arg(long, short)]
    all: bool,
    /// Leaves out the links.
    #[arg(long)]
    no_links: bool,
    /// The width in columns, at least 60; that of the terminal by default.
    #[arg(long, value_name = "COLUMNS")]
    width: Option<usize>,
    /// Prints one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let source = Source::open(&arguments.queries)?;
    if arguments.follow {
        return match &source {
            Source::Jaeger(_) => follow::run(arguments, &source),
            Source::Files(_) => Err("--follow needs Jaeger: a file does not grow".into()),
        };
    }
    let traces = arguments.load(&source)?;
    note_cut(&traces);
    if traces.spans.is_empty() {
        note(nothing(&source, &arguments.queries.list));
        return Ok(Outcome::Findings);
    }
    arguments.print(&source, &traces)?;
    Ok(Outcome::Clean)
}

impl Arguments {
    fn load(&self, source: &Source) -> Result<Traces> {
        source.load(&self.queries.list, !self.no_links, UnknownNamespace::default())
    }

    fn print(&self, source: &Source, traces: &Traces) -> Result<()> {
        if self.json {
            return print_json(&json(source, traces));
        }
        let style = Style {
            for_stdout: true,
            all: self.all,
            links: !self.no_links,
            width: self.width,
        };
        print(&text(source, traces, &style))
    }
}

/// Says that there may be more.
pub(crate) fn note_cut(traces: &Traces) {
    for service in &traces.cut {
        note(format_args!("Jaeger may have more traces of {service}: raise --limit"));
    }
}

/// Why there may be no span.
pub(crate) fn nothing(source: &Source, queries: &[Query]) -> String {
    match source {
        Source::Files(exported) if exported.is_empty() => "the file has no span".to_owned(),
        Source::Files(_) => {
            let wanted = queries.iter().filter_map(|query| match query {
                Query::Trace(id) => Some(format!("the trace id `{id}`")),
                Query::Attribute { name, value } => Some(format!("the attribute `{name}={value}`")),
                Query::File(_) => None,
            });
            format!("no span of the file has {}", wanted.collect::<Vec<_>>().join(" or "))
        }
        Source::Jaeger(_) if queries.iter().all(|query| matches!(query, Query::Trace(_))) => {
            "Jaeger has no such trace: processes export every five seconds, and only what is sampled".to_owned()
        }
        Source::Jaeger(_) => {
            "Jaeger has no such trace: processes export every five seconds, and only what is sampled; --lookback searches \
             further back"
                .to_owned()
        }
    }
}
