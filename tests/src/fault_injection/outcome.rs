//! `Outcome`: what a program noticed of a fault.

use std::time::Duration;

use tasker_span_runtime::{Protocol, Stats};

use super::fault::Fault;

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
    /// Calls that returned their value.
    pub returned: u64,
    /// Spans that the calls made.
    pub emitted: u64,
    /// Spans that the collector took.
    pub arrived: u64,
    /// Spans that it rejected out of a request that it took.
    pub rejected: u64,
    /// Spans that it took twice.
    pub repeated: u64,
    /// What the runtime counted.
    pub stats: Stats,
    /// Spans of the turns without the fault that did not arrive.
    pub missing: u64,
    /// The spans that were emitted and taken while the fault held.
    pub meanwhile: (u64, u64),
    /// The most bytes that the program held beyond those from before the telemetry.
    pub held: usize,
    /// The bytes of the largest request that the collector read.
    pub largest_request: usize,
    /// How long calls took without the fault, sorted.
    pub healthy: Vec<Duration>,
    /// How long calls took while it held, sorted.
    pub faulty: Vec<Duration>,
}

impl Outcome {
    /// What must not be: a call that failed, a span that is not accounted for, or one that did not
    /// arrive although the collector was back.
    pub fn problems(&self) -> Vec<String> {
        let (emitted, stats) = (self.emitted, &self.stats);
        let known = self.arrived + stats.lost();
        let checks = [
            (self.returned, self.calls, "calls returned their value"),
            (
                stats.spans_started,
                emitted,
                "spans were started, as the runtime counts",
            ),
            (stats.spans_ended, emitted, "spans were ended, as the runtime counts"),
            (known, emitted, "spans arrived, or were counted as lost"),
            (
                stats.spans_exported,
                self.arrived,
                "spans arrived, as the runtime counts",
            ),
            (
                stats.spans_rejected,
                self.rejected,
                "spans were rejected, as the runtime counts",
            ),
            (stats.pending(), 0, "spans have no fate"),
            (self.repeated, 0, "spans arrived twice"),
            (self.missing, 0, "spans did not arrive although the collector was back"),
        ];
        let wrong = checks.into_iter().filter(|(found, expected, _)| found != expected);
        let texts = wrong.map(|(found, expected, what)| {
            format!(
                "{} over {}: {found} and not {expected} {what}",
                self.fault, self.protocol
            )
        });
        texts.collect()
    }

    /// Spans that a full queue refused.
    pub fn refused(&self) -> u64 {
        self.stats.spans_refused
    }
}
