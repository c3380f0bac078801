//! Steps whose handlers are in Python: one tree per task, in two languages.

use std::ffi::OsString;
use std::path::Path;

use tasker_span_cli::jaeger::captured;
use tasker_span_runtime::identity::TraceId;
use tasker_span_runtime::testing::Outline;
use tasker_span_tests::example;
use tasker_span_tests::servers::url;

use crate::jaeger::{jaeger, wait_for_trace};
use crate::program::Program;

/// What the caller tells pip, which installs the host's packages.
fn of_pip() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("PIP_") || name == "REQUESTS_CA_BUNDLE" || name.to_lowercase().ends_with("_proxy")
    })
}

#[test]
#[ignore = "needs Jaeger and PyPI"]
fn a_host_in_python_has_its_spans_in_the_tree_of_the_task() {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/python-host");
    let mut command = example::program("python_host");
    command
        .arg(host)
        .envs(of_pip())
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", url("TASKER_SPAN_OTLP_HTTP_URL"));
    let output = Program::start("python_host", &mut command).wait_for_success();

    let jaeger = jaeger();
    let ids = output.lines().filter_map(|line| line.split_once("/trace/"));
    let ids: Vec<_> = ids.filter_map(|(_, id)| u128::from_str_radix(id, 16).ok()).collect();
    assert_eq!(ids.len(), EXPECTED.len(), "{output}");
    for (id, expected) in ids.into_iter().zip(EXPECTED) {
        let (id, spans) = (TraceId::from_u128(id).unwrap(), expected.trim().lines().count());
        let trace = wait_for_trace(&jaeger, id, "all spans", |trace| trace.spans.len() >= spans);
        let captured = captured([&trace]);
        assert_eq!(Outline::new(&captured).to_string(), expected.trim_start());
        captured.assert_complete();
        let services = ["charge_payment", "gateway.authorize"].map(|name| {
            let spans = trace.spans.iter().filter(|span| span.operation_name == name);
            spans
                .map(|span| trace.processes[&span.process_id].service_name.as_str())
                .collect::<Vec<_>>()
        });
        let of_host: &[&str] = if expected.contains("gateway") {
            &["python-host"]
        } else {
            &[]
        };
        assert_eq!(services, [of_host; 2]);
    }
}

/// A payment, one that the bank declines, and a report whose namespace is not sampled.
const EXPECTED: [&str; 3] = [
    "
task.orchestration
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
  step.execution charge_payment attempt=1
    charge_payment
      gateway.authorize
    result.submission
  task.state_transition steps_in_process → evaluating_results
  task.state_transition evaluating_results → complete
",
    "
task.orchestration ERROR task_error
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
  step.execution charge_payment attempt=1 ERROR CardDeclined
    charge_payment ERROR CardDeclined: the bank declined the card
      gateway.authorize ERROR CardDeclined: the bank declined the card
    result.submission
  task.state_transition steps_in_process → evaluating_results
  task.state_transition evaluating_results → error
",
    "
task.orchestration
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
  task.state_transition steps_in_process → evaluating_results
  task.state_transition evaluating_results → complete
",
];
