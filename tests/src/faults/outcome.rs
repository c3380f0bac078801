//! What was noticed of a fault.

use tasker_span_runtime::{Protocol, Stats};

use super::fault::Fault;
use super::latency::Latencies;

/// What became of the calls and of their spans.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// What was wrong with the collector.
    pub fault: Fault,
    /// How spans were sent to it.
    pub protocol: Protocol,
    /// Calls of the user's function, in all turns.
    pub calls: u64,
    /// Calls that were made while the fault held.
    pub faulty_calls: u64,
    /// Calls that returned their value.
    pub returned: u64,
    /// Spans that the program made, as it knows itself.
    pub emitted: u64,
    /// Spans that the runtime says were started.
    pub started: u64,
    /// Spans that the collector took.
    pub arrived: u64,
    /// Spans that it rejected out of a request that it took. The runtime counts them as exported: `opentelemetry-otlp` tells
    /// nobody of them.
    pub rejected: u64,
    /// Spans that it took twice.
    pub repeated: u64,
    /// What the runtime says of them.
    pub report: Stats,
    /// Spans of the turns without the fault that did not arrive.
    pub missing: u64,
    /// Of an overload: the spans emitted and taken while it lasted.
    pub overload: Option<(u64, u64)>,
    /// Bytes that the telemetry holds before the first span.
    pub idle: usize,
    /// Bytes that the program held at most beyond those from before the telemetry.
    pub held: usize,
    /// The bytes of the largest request that the collector has read.
    pub largest_request: usize,
    /// Without the fault.
    pub healthy: Latencies,
    /// While it held.
    pub faulty: Latencies,
}

impl Outcome {
    /// What must not be: a call that failed, a span that nobody knows of, or one that did not arrive although the collector
    /// was back.
    pub fn problems(&self) -> Vec<String> {
        let lost = self.report.lost();
        let known = self.arrived + self.rejected + lost;
        let mut problems = Vec::new();
        let mut check = |holds: bool, problem: String| {
            if !holds {
                problems.push(format!("{} over {}: {problem}", self.fault.name(), self.protocol));
            }
        };
        check(
            self.returned == self.calls,
            format!("{} of {} calls returned their value", self.returned, self.calls),
        );
        check(
            self.started == self.emitted && self.report.spans_ended == self.emitted,
            format!(
                "{} spans were emitted, and {} started and {} ended by the runtime's count",
                self.emitted, self.started, self.report.spans_ended
            ),
        );
        check(
            known == self.emitted,
            format!(
                "{} spans were emitted, {} arrived, {} were rejected and {lost} counted as lost: {} are not accounted for",
                self.emitted,
                self.arrived,
                self.rejected,
                self.emitted.abs_diff(known)
            ),
        );
        check(
            self.missing == 0,
            format!("{} spans did not arrive although the collector was back", self.missing),
        );
        problems
    }

    /// By how much the median and the 99th percentile of a call's duration are longer with the fault than without.
    pub fn slowdown(&self) -> (f64, f64) {
        let ratio = |part| {
            let (faulty, healthy) = (self.faulty.quantile(part), self.healthy.quantile(part));
            faulty.as_secs_f64() / healthy.as_secs_f64()
        };
        (ratio(0.5), ratio(0.99))
    }
}
