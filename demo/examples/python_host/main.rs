//! Executes steps in a host in Python, which makes spans of its own: one trace per task, in two languages.
//!
//! ```text
//! python3 -m venv target/python-host
//! target/python-host/bin/pip install -r demo/examples/python_host/requirements.txt
//! OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 \
//!   cargo run --example python_host -- target/python-host/bin/python demo/examples/python_host/host.py
//! ```
//!
//! Both programs read the two variables. The arguments are the command that starts the host.

mod orchestrator;
mod worker;

use std::process::{Command, ExitCode};
use std::time::Duration;

use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::program::{ProgramResult, exit_code, print};
use tasker_span_runtime::{Sampling, SpanNames, Telemetry, identity};

use orchestrator::orders;
use worker::Worker;

fn main() -> ExitCode {
    exit_code("python_host", run())
}

fn run() -> ProgramResult {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments
        .next()
        .ok_or("the arguments are the command that starts the host")?;
    let telemetry = Telemetry::builder()
        .service_name("python-host-worker")
        .span_names(SpanNames::Detailed)
        .log_filter("warn")
        .sampling(Sampling::new().namespace_rate("analytics", 0.0))
        .install()?;

    let mut worker = Worker::start(Command::new(program).args(arguments))?;
    let orders = orders();
    for order in &orders {
        worker.dispatch(order.clone())?;
    }
    worker.finish()?;

    for order in &orders {
        let trace = identity::trace_url(&format!("{}/trace/", jaeger_url()), order.task.task_uuid);
        print(format_args!("{} {trace}\n", order.step.handler_name))?;
    }
    let stats = telemetry.shutdown(Duration::from_secs(5))?;
    print(format_args!(
        "{} spans exported, {} lost\n",
        stats.spans_exported,
        stats.lost()
    ))?;
    Ok(())
}
