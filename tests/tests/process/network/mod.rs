//! What stands between a program and its collector, or in the collector's place: proxies, other servers, names that are not
//! found. Each span has one fate, the log names the cause once, and no secret.

mod answers;
mod causes;
mod memory;
mod rejected;
mod retry;
mod shutdown;

use std::time::Duration;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::collector::{Behaviour, Collector};
use tasker_span_tests::export_program::{self, Run};
use tasker_span_tests::process;

pub(crate) const PROTOCOLS: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    export_program::run();
}

fn run_at(url: &str, protocol: Protocol, variables: &[(&str, &str)]) -> Run {
    Run::new(process::program(program), url, protocol, variables)
}

/// Runs the program with a collector that behaves so.
fn run(protocol: Protocol, behaviour: Behaviour, variables: &[(&str, &str)]) -> (Run, Collector) {
    let collector = Collector::start(protocol);
    collector.behave(behaviour);
    let run = run_at(&collector.url(), protocol, variables);
    let counts = collector.counts();
    assert_eq!((counts.taken, counts.repeated), (run.exported, 0), "{}", run.log);
    (run, collector)
}

fn set_up(protocol: Protocol, behaviour: Behaviour, timeout: Duration) -> (Collector, Telemetry) {
    let collector = Collector::start(protocol);
    collector.behave(behaviour);
    let options = ExportOptions::new()
        .endpoint(collector.url())
        .protocol(protocol)
        .timeout(timeout);
    (collector, Telemetry::builder().export(options).build().unwrap())
}
