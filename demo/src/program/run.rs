//! `Program`: command line, telemetry and exit code of an example.

use std::io;
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Parser, ValueExt};
use tasker_span_runtime::{SpanNames, Telemetry};

use super::{ProgramResult, Progress, exit_code, print};

/// The deadline of the last export.
const EXPORT_DEADLINE: Duration = Duration::from_secs(5);

/// A program with telemetry.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// The attribute `service.name` of its spans.
    pub service_name: &'static str,
    /// The output of `--help`.
    pub usage: &'static str,
}

impl Program {
    /// Reads the command line, sets up telemetry, runs `work` and exports the remaining spans.
    ///
    /// `parse` returns `None` for `--help`.
    pub fn run<O, F>(
        self,
        parse: impl FnOnce(Parser) -> Result<Option<O>, lexopt::Error>,
        work: impl FnOnce(O, Progress) -> F,
    ) -> ExitCode
    where
        F: Future<Output = ProgramResult>,
    {
        let result = match parse(Parser::from_env()) {
            Ok(Some(options)) => self.run_traced(options, work),
            Ok(None) => print(format_args!("{}\n", self.usage)).map_err(Into::into),
            Err(error) => Err(format!("{error}; see --help").into()),
        };
        exit_code(self.name, result)
    }

    fn run_traced<O, F>(self, options: O, work: impl FnOnce(O, Progress) -> F) -> ProgramResult
    where
        F: Future<Output = ProgramResult>,
    {
        let progress = Progress::default();
        let telemetry = Telemetry::builder()
            .service_name(self.service_name)
            .span_names(SpanNames::Detailed)
            // Tells workers apart.
            .resource_attribute("service.instance.id", std::process::id().to_string())
            // The engine logs a lost connection itself.
            .log_filter("warn,sqlx_core=error")
            .span_processor(progress.clone())
            .install()?;
        let runtime = tokio::runtime::Runtime::new()?;
        let result = runtime.block_on(work(options, progress));
        // Before the runtime stops: the spans of handlers that it cancels belong to the process
        // that takes over.
        let reported = report(&telemetry);
        runtime.shutdown_background();
        result.and(reported.map_err(Into::into))
    }
}

/// The value of an option: a whole number of seconds, 1 or more.
pub fn seconds(parser: &mut Parser) -> Result<Duration, lexopt::Error> {
    let seconds: NonZeroU32 = parser.value()?.parse()?;
    Ok(Duration::from_secs(seconds.get().into()))
}

fn report(telemetry: &Telemetry) -> io::Result<()> {
    match telemetry.shutdown(EXPORT_DEADLINE) {
        Ok(stats) if stats.lost() == 0 => print(format_args!("{} spans exported\n", stats.spans_exported)),
        Ok(stats) => print(format_args!(
            "{} spans exported, {} lost: start Jaeger or another collector, or set OTEL_EXPORTER_OTLP_ENDPOINT\n",
            stats.spans_exported,
            stats.lost()
        )),
        Err(error) => print(format_args!("spans may be lost: {error}\n")),
    }
}
