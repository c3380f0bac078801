//! TLS and compression, for which the runtime is built with other features than for the other tests.

mod certificates;
mod compression;
mod plain;
mod tls;
mod tls_server;

use tasker_span_runtime::Protocol;
use tasker_span_tests::export_program::{self, Run};
use tasker_span_tests::process;

const PROTOCOLS: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    export_program::run();
}

fn run_at(url: &str, protocol: Protocol, variables: &[(&str, &str)]) -> Run {
    Run::new(process::program(program), url, protocol, variables)
}
