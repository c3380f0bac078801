//! Prints traces in Jaeger as trees, also for a Jaeger without pages like that of
//! `scripts/with-servers`.
//!
//! ```text
//! cargo run --example show_trace -- 1b112ff73470baa1bc0312a2c8df9ba6
//! cargo run --example show_trace -- correlation_id=01a2076d-502b-763c-b3ba-3713d1c0cc58
//! ```

use std::error::Error;
use std::process::ExitCode;

use tasker_span_demo::jaeger::{Jaeger, Trace, jaeger_url};
use tasker_span_demo::program::{ProgramResult, exit_code, print};
use tasker_span_runtime::identity::TraceId;
use tasker_span_runtime::testing::TreeText;

const USAGE: &str = "\
Prints traces in Jaeger as trees.

usage: show_trace (TRACE_ID | TAG=VALUE)…

environment:
  TASKER_SPAN_JAEGER_URL         Jaeger's query API, http://localhost:16686 by default";

fn main() -> ExitCode {
    let wanted = std::env::args().skip(1).collect::<Vec<_>>();
    if wanted.is_empty() || wanted.iter().any(|it| it == "--help" || it == "-h") {
        return exit_code("show_trace", print(format_args!("{USAGE}\n")).map_err(Into::into));
    }
    exit_code("show_trace", show(&wanted))
}

fn show(wanted: &[String]) -> ProgramResult {
    let url = jaeger_url();
    let jaeger = Jaeger::connect(&url).map_err(|error| format!("no Jaeger at {url}: {error}"))?;
    for wanted in wanted {
        let traces = find(&jaeger, wanted)?;
        if traces.is_empty() {
            let hint = "processes export every five seconds";
            return Err(format!("Jaeger has no trace {wanted}; {hint}").into());
        }
        for trace in traces {
            let tree = TreeText::new(&trace.captured()).for_stdout();
            print(format_args!("trace   {url}/trace/{}\n\n{tree}\n", trace.id()))?;
        }
    }
    Ok(())
}

fn find(jaeger: &Jaeger, wanted: &str) -> Result<Vec<Trace>, Box<dyn Error>> {
    if let Some((tag, value)) = wanted.split_once('=') {
        return Ok(jaeger.search(tag, value));
    }
    let id = u128::from_str_radix(wanted, 16).ok().and_then(TraceId::from_u128);
    let id = id.ok_or_else(|| format!("`{wanted}` is neither a trace id nor TAG=VALUE"))?;
    Ok(jaeger.trace(id).into_iter().collect())
}
