//! A program that exports as its environment says, and what it does with its spans: for faults that are outside of it. Each
//! span has one fate, and no log has a secret.

use std::env;
use std::time::{Duration, Instant};

use opentelemetry::trace::Tracer;
use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};

use crate::calls::execute;
use crate::fixture::Task;
use crate::process::Program;

/// Of the header that every such program sends.
const SECRET: &str = "s3cr3t-t0k3n";
/// Longer than anything takes that is waited for.
const DEADLINE: Duration = Duration::from_secs(30);
/// How many spans one flush exports, if `SPANS` does not say: half of them of other code.
pub const SPANS: u64 = 10;

/// The body of the program. Ends `SPANS` spans and flushes, `FLUSHES` times; then it shuts down, and says what it counted.
///
/// # Panics
///
/// If the environment is wrong.
pub fn run() {
    let number = |name, default| env::var(name).map_or(default, |value| value.parse().expect("a number"));
    let options = if env::var("SYSTEM_ROOTS").is_ok() {
        ExportOptions::new().system_roots()
    } else {
        ExportOptions::new()
    };
    let telemetry = Telemetry::builder().export(options).install();
    let telemetry = telemetry.unwrap_or_else(|error| panic!("{error}"));
    let tracer = telemetry.tracer();
    let task = Task::default();
    let before = processor_ticks();
    for _ in 0..number("FLUSHES", 1) {
        for _ in 0..number("SPANS", SPANS) / 2 {
            execute(&task, &task.step(), || ());
            drop(tracer.start("other"));
        }
        // The counts say whether it failed.
        let _ = telemetry.flush(DEADLINE);
    }
    let stats = telemetry.shutdown(DEADLINE).expect("an exporter that stops");
    let counts = [
        stats.spans_ended,
        stats.spans_exported,
        stats.spans_export_failed,
        stats.spans_rejected,
        stats.lost() + stats.spans_exported,
        stats.pending(),
        processor_ticks() - before,
    ];
    eprintln!("COUNTS={counts:?}");
}

/// Hundredths of a second that this process has run for. 0 where the system does not say.
fn processor_ticks() -> u64 {
    let line = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = line.rsplit_once(')').map_or("", |(_, fields)| fields);
    let fields = after_name.split_whitespace().skip(11).take(2);
    fields.map(|ticks| ticks.parse().unwrap_or(0)).sum()
}

/// What a program did with its spans.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// Its standard error.
    pub log: String,
    /// Spans that ended.
    pub ended: u64,
    /// Spans that the collector accepted.
    pub exported: u64,
    /// Spans whose export failed.
    pub failed: u64,
    /// Spans that the collector rejected.
    pub rejected: u64,
    /// From its start to its end.
    pub lasted: Duration,
}

impl Run {
    /// Runs the program, whose body is [`run`], against this URL.
    ///
    /// # Panics
    ///
    /// If it fails, if a span has no fate or several, if it shows the secret of its header, or if it spins.
    pub fn new(program: Program, url: &str, protocol: Protocol, variables: &[(&str, &str)]) -> Self {
        let headers = format!("authorization=Bearer%20{SECRET}");
        let begun = Instant::now();
        let program = program.envs(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", &protocol.to_string()),
            ("OTEL_EXPORTER_OTLP_HEADERS", &headers),
            // Logs of the transports' crates show no header.
            ("RUST_LOG", "info,h2=trace,hyper=trace,reqwest=trace,tonic=trace"),
            // Only a flush exports.
            ("OTEL_BSP_SCHEDULE_DELAY", "600000"),
        ]);
        let log = program.envs(variables).log();
        let (_, counts) = log.split_once("COUNTS=[").expect("the counts");
        let (counts, _) = counts.split_once(']').expect("the counts");
        let counts: Vec<u64> = counts
            .split(", ")
            .map(|count| count.parse().expect("a count"))
            .collect();
        let [ended, exported, failed, rejected, with_fate, pending, ticks] = counts[..] else {
            panic!("{log}");
        };
        assert_eq!((with_fate, pending), (ended, 0), "each span has one fate: {log}");
        assert!(!log.contains(SECRET), "{log}");
        assert!(ticks < 150, "it spins: {log}");
        Self {
            log,
            ended,
            exported,
            failed,
            rejected,
            lasted: begun.elapsed(),
        }
    }

    /// All spans have failed in one batch, and the log says so once, with each of these texts.
    ///
    /// # Panics
    ///
    /// If that is not so.
    #[track_caller]
    pub fn assert_failed(&self, texts: &[&str]) {
        assert_eq!((self.failed, self.exported), (SPANS, 0), "{}", self.log);
        let lines = self.log.lines().filter(|line| line.contains("the export failed"));
        let [line] = *lines.collect::<Vec<_>>() else {
            panic!("{}", self.log);
        };
        assert!(texts.iter().all(|text| line.contains(text)), "{texts:?}: {line}");
    }

    /// All spans have arrived, and the log has no warning.
    ///
    /// # Panics
    ///
    /// If that is not so.
    #[track_caller]
    pub fn assert_arrived(&self) {
        assert_eq!(self.exported, self.ended, "{}", self.log);
        assert!(!self.log.contains("WARN tasker_span"), "{}", self.log);
    }
}
