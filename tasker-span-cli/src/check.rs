//! `tasker-span check`: the rules of the catalogue on exported traces, by the checks of the test kit.

use clap::{Args, ValueEnum};
use serde::Serialize;
use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::catalogue;
use tasker_span_runtime::testing::Problem;

use crate::output::{Outcome, Result, count, note, print, print_json};
use crate::query::Queries;
use crate::source::{Source, Traces};
use crate::trace::{note_cut, nothing};

/// Checks exported traces against the catalogue, whatever language wrote them. Prints a line for each violation.
///
/// The rules: required attributes, their types and forms, span kinds, status, allowed parents, derived ids, ids that occur
/// twice, one root, times, and marks of sampling.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    queries: Queries,
    /// Tasks may still run: roots, and spans of other processes, may be missing.
    #[arg(long)]
    running: bool,
    /// What a span without its namespace is, as the processes are set up.
    #[arg(long, value_name = "POLICY", default_value = "violation")]
    unknown_namespace: Policy,
    /// Prints a JSON object for each violation.
    #[arg(long)]
    json: bool,
}

/// As the configuration's `unknown_namespace`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Policy {
    Violation,
    Absent,
}

#[derive(Serialize)]
pub(crate) struct Violation {
    kind: &'static str,
    trace_id: Option<String>,
    span_id: Option<String>,
    name: Option<String>,
    service: Option<String>,
    message: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let source = Source::open(&arguments.queries)?;
    let unknown = match arguments.unknown_namespace {
        Policy::Violation => UnknownNamespace::Violation,
        Policy::Absent => UnknownNamespace::Absent,
    };
    let queries = &arguments.queries.list;
    let traces = source.load(queries, false, unknown)?;
    note_cut(&traces);
    if traces.spans.is_empty() {
        note(nothing(&source, queries));
        return Ok(Outcome::Findings);
    }
    let problems = if arguments.running {
        traces.spans.check()
    } else {
        traces.spans.check_complete()
    };
    for problem in &problems {
        let violation = violation(&traces, problem);
        if arguments.json {
            print_json(&violation)?;
        } else {
            print(&violation.line())?;
        }
    }
    let ours = traces
        .spans
        .iter()
        .filter(|span| catalogue::span(span.name()).is_some());
    let ours = ours.count();
    note(format_args!(
        "{} in {} of {}, {ours} of them of the catalogue",
        count(problems.len(), "violation"),
        count(traces.spans.len(), "span"),
        count(traces.spans.trees().len(), "trace"),
    ));
    // Without a span of the catalogue nothing was checked.
    let is_clean = problems.is_empty() && ours > 0;
    Ok(if is_clean { Outcome::Clean } else { Outcome::Findings })
}

pub(crate) fn violation(traces: &Traces, problem: &Problem) -> Violation {
    let span = problem.span();
    Violation {
        kind: problem.kind().name(),
        trace_id: span.map(|span| span.trace_id().to_string()),
        span_id: span.map(|span| span.span_id().to_string()),
        name: span.map(|span| span.name().to_owned()),
        service: span.and_then(|span| traces.service(span)).map(str::to_owned),
        message: problem.to_string(),
    }
}

impl Violation {
    /// `wrong_parent: trace 5c06… span db4f…: …`. What may be hostile, the message, is escaped already.
    pub(crate) fn line(&self) -> String {
        let place = match (&self.trace_id, &self.span_id) {
            (Some(trace_id), Some(span_id)) => format!("trace {trace_id} span {span_id}: "),
            _ => String::new(),
        };
        format!("{}: {place}{}\n", self.kind, self.message)
    }
}
