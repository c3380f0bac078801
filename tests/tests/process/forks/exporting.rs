//! A program that forks while it exports: its child has no export thread.

use std::env;
use std::time::{Duration, Instant};

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::collector::{Behaviour, Collector};
use tasker_span_tests::process;

use super::{fork, forking};
use crate::network::PROTOCOLS;
use crate::{DEADLINE, end_spans};

const SPANS: u64 = 700;
/// Of the child: more than its copy of the queue has room for.
const OF_CHILD: u64 = 3_000;
/// Of the telemetry that the child builds.
const OF_ITS_OWN: u64 = 3;

fn exporting_to(variable: &str) -> Telemetry {
    let is_grpc = env::var("IS_GRPC").is_ok();
    let protocol = if is_grpc {
        Protocol::Grpc
    } else {
        Protocol::HttpProtobuf
    };
    let options = ExportOptions::new()
        .endpoint(env::var(variable).unwrap())
        .protocol(protocol);
    Telemetry::builder().export(options).build().unwrap()
}

/// Everything returns at once, and the child's own telemetry exports.
fn in_child(telemetry: Telemetry) {
    let begun = Instant::now();
    end_spans(&telemetry, OF_CHILD);
    for error in [telemetry.flush(DEADLINE), telemetry.shutdown(DEADLINE).map(drop)] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains("was forked from: build it after the fork"), "{error}");
    }
    drop(telemetry);
    let own = exporting_to("OWN");
    end_spans(&own, OF_ITS_OWN);
    own.shutdown(DEADLINE).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let telemetry = exporting_to("PARENT");
    end_spans(&telemetry, SPANS);
    let console = tracing_subscriber::fmt().with_writer(std::io::stderr).finish();
    let mut telemetry = Some(telemetry);
    let is_well = fork(
        || tracing::subscriber::with_default(console, || in_child(telemetry.take().unwrap())),
        || (),
    );
    assert!(is_well, "the child did not end well");
    let telemetry = telemetry.unwrap();
    end_spans(&telemetry, SPANS);
    let stats = telemetry.shutdown(DEADLINE).unwrap();
    assert_eq!((stats.spans_exported, stats.lost(), stats.pending()), (2 * SPANS, 0, 0));
}

#[test]
fn a_forked_child_neither_hangs_nor_sends_its_parent_s_spans() {
    for protocol in PROTOCOLS {
        let [parent, own] = [(); 2].map(|()| Collector::start(protocol));
        // A batch is on its way when the process forks.
        parent.behave(Behaviour::Slow(Duration::from_millis(300)));
        let program = process::program(program).envs(&[("PARENT", &parent.url()), ("OWN", &own.url())]);
        let program = forking(program);
        let program = if protocol == Protocol::Grpc {
            program.env("IS_GRPC", "")
        } else {
            program
        };
        let log = program.log();
        let told = log.matches("the spans of this process are not exported").count();
        assert!(told == 1 && !log.contains("telemetry was shut down"), "{log}");
        let (parent, own) = (parent.counts(), own.counts());
        assert_eq!((parent.taken, parent.repeated), (2 * SPANS, 0));
        assert_eq!((own.taken, own.repeated), (OF_ITS_OWN, 0));
    }
}
