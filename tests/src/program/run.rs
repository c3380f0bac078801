//! A program's life.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use tasker_span_runtime::Telemetry;

use super::{Arguments, Progress, UsageError};

/// What a program comes to; an error is shown to the user as it is.
pub type ProgramResult = Result<(), Box<dyn Error>>;

/// How long the last spans may take to be exported.
const EXPORT_DEADLINE: Duration = Duration::from_secs(5);

/// A program with telemetry.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// How it is called.
    pub name: &'static str,
    /// Its name among the services of a trace.
    pub service_name: &'static str,
    /// What `--help` prints.
    pub usage: &'static str,
}

impl Program {
    /// Reads the command line with `parse`, sets up telemetry, runs `work` to its end, and exports what is left.
    pub fn run<O, F>(
        self,
        parse: impl FnOnce(Arguments) -> Result<O, UsageError>,
        work: impl FnOnce(O, Progress) -> F,
    ) -> ExitCode
    where
        F: Future<Output = ProgramResult>,
    {
        let mut arguments = Arguments::of_process();
        if arguments.flag(&["--help", "-h"]) {
            println!("{}", self.usage);
            return ExitCode::SUCCESS;
        }
        let done = parse(arguments)
            .map_err(Into::into)
            .and_then(|options| self.run_traced(options, work));
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", self.name);
                ExitCode::FAILURE
            }
        }
    }

    fn run_traced<O, F>(self, options: O, work: impl FnOnce(O, Progress) -> F) -> ProgramResult
    where
        F: Future<Output = ProgramResult>,
    {
        let progress = Progress::default();
        let telemetry = Telemetry::builder()
            .service_name(self.service_name)
            // Which of several workers it was.
            .resource_attribute("service.instance.id", std::process::id().to_string())
            // A lost connection is the engine's to report.
            .log_filter("warn,sqlx_core=error")
            .span_processor(progress.clone())
            .install()?;
        let runtime = tokio::runtime::Runtime::new()?;
        let done = runtime.block_on(work(options, progress));
        // Before the runtime stops: a handler that it drops half-way leaves the trace that a killed worker leaves, which
        // whoever gets the message next completes.
        report(&telemetry);
        runtime.shutdown_background();
        done
    }
}

fn report(telemetry: &Telemetry) {
    match telemetry.shutdown(EXPORT_DEADLINE) {
        Ok(exported) if exported.spans_ended == 0 => {}
        Ok(exported) if exported.lost() == 0 => println!("{} spans exported", exported.spans_exported),
        Ok(exported) => println!(
            "{} spans exported, {} lost: is Jaeger, or another collector, running where OTEL_EXPORTER_OTLP_ENDPOINT says?",
            exported.spans_exported,
            exported.lost()
        ),
        Err(error) => println!("spans may be lost: {error}"),
    }
}
