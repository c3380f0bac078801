//! What the fuzz targets of `fuzz/` call: what commands make of files and of answers. Compiled by `--cfg fuzzing` alone.

use tasker_span_runtime::{Settings, UnknownNamespace};

use crate::source::Source;
use crate::trace::{self, Style};
use crate::{check, config, jaeger, output};

/// What `trace` and `check` print of a file.
#[derive(Debug)]
pub struct Printed {
    /// How many spans the file has.
    pub spans: usize,
    /// The trees, short and whole.
    pub texts: [String; 2],
    /// What `trace --json` prints.
    pub json: String,
    /// The lines of `check` and of `check --json`.
    pub violations: Vec<[String; 2]>,
}

/// What is printed of a file of traces.
///
/// # Errors
///
/// It is no file of traces.
pub fn traces(file: &[u8], width: usize) -> Result<Printed, String> {
    let source = Source::of_text(file)?;
    let traces = source
        .load(&[], true, UnknownNamespace::default())
        .map_err(|error| error.to_string())?;
    let text = |all| {
        let style = Style {
            for_stdout: false,
            all,
            links: all,
            width: Some(width),
        };
        trace::text(&source, &traces, &style)
    };
    let problems = traces.spans.check_complete();
    let violations = problems.iter().map(|problem| check::violation(&traces, problem));
    Ok(Printed {
        spans: traces.spans.len(),
        texts: [text(false), text(true)],
        json: output::json(&trace::json(&source, &traces)).map_err(|error| error.to_string())?,
        violations: violations
            .map(|violation| [violation.line(), output::json(&violation).unwrap_or_default()])
            .collect(),
    })
}

/// How many traces an answer of Jaeger has.
///
/// # Errors
///
/// What is wrong with the answer.
pub fn answer(status: u16, body: &str) -> Result<usize, String> {
    let read = jaeger::read(status, body).map_err(|error| error.to_string())?;
    Ok(read.map_or(0, |traces| jaeger::captured(&traces).len()))
}

/// What `config` prints of settings.
pub fn settings(settings: &Settings) -> String {
    config::text(settings)
}
