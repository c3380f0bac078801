//! `Table`: what ran, beside what was exported of it.

use std::fmt;

use tasker_span_runtime::{NamespaceStats, SamplingHandle, stats};

use super::tally::{Counts, Exported};
use super::{Done, NAMESPACES, STEPS_PER_TASK, Tally};

/// Configured and observed rates, true and extrapolated counts, by namespace.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Row>,
    /// Failed handlers of steps that did not fail.
    unexpected: usize,
    /// Failed handlers whose `step.execution` was not exported.
    orphaned: usize,
}

/// The row of a namespace.
#[derive(Clone, Debug)]
struct Row {
    namespace: &'static str,
    task_rate: f64,
    step_rate: f64,
    steps: u64,
    exported: Exported,
    failed: usize,
    failures_exported: usize,
    /// The runtime's own counts. `None` if all steps are sampled.
    counted: Option<NamespaceStats>,
}

impl Table {
    /// The table of a run with these rates.
    pub fn new(sampling: &SamplingHandle, done: &Done, tally: &Tally) -> Self {
        let counts = tally.counts();
        let has_failed = |step| done.failures.contains_key(step);
        Self {
            rows: NAMESPACES
                .into_iter()
                .map(|namespace| Row::new(namespace, sampling, done, &counts))
                .collect(),
            unexpected: counts.failed.iter().filter(|step| !has_failed(step)).count(),
            orphaned: counts.failed.difference(&counts.executed).count(),
        }
    }

    /// Descriptions of wrong counts, and of errors that are missing, unexpected or without their
    /// step.
    pub fn problems(&self) -> Vec<String> {
        let missing = |row: &Row| row.failed - row.failures_exported;
        let miscounted = self.rows.iter().filter(|row| !row.is_counted());
        let counts = [
            (miscounted.count(), "namespaces have other counts in the runtime"),
            (self.rows.iter().map(missing).sum(), "errors were not exported"),
            (self.unexpected, "errors were exported of steps that did not fail"),
            (self.orphaned, "errors were exported without their step's execution"),
        ];
        let found = counts.iter().filter(|(count, _)| *count > 0);
        found.map(|(count, problem)| format!("{count} {problem}")).collect()
    }
}

impl Row {
    fn new(namespace: &'static str, sampling: &SamplingHandle, done: &Done, counts: &Counts) -> Self {
        let failures = || done.failures.iter().filter(|(_, (other, _))| *other == namespace);
        let is_exported = |step| counts.failed.contains(step);
        Self {
            namespace,
            task_rate: sampling.task_rate(),
            step_rate: sampling.namespace_rate(namespace),
            steps: done.steps.get(namespace).copied().unwrap_or_default(),
            exported: counts.namespaces.get(namespace).copied().unwrap_or_default(),
            failed: failures().count(),
            failures_exported: failures().filter(|(step, _)| is_exported(step)).count(),
            counted: stats().namespaces.get(&Some(namespace)).copied(),
        }
    }

    fn is_counted(&self) -> bool {
        let exported = &self.exported;
        self.counted.is_none_or(|counted| {
            counted.sampled == exported.sampled
                && counted.sampled + counted.unsampled == self.steps
                && counted.sampled_by_error == exported.sampled_by_error
        })
    }

    fn rate(&self) -> f64 {
        self.task_rate * self.step_rate
    }

    fn cells(&self) -> [String; 10] {
        let exported = &self.exported;
        let observed = float(exported.sampled) / float(self.steps.max(1));
        [
            self.namespace.to_owned(),
            self.rate().to_string(),
            self.steps.to_string(),
            exported.sampled.to_string(),
            format!("{observed:.5}"),
            format!("{:.0}", exported.extrapolated),
            format!("{:+.2} se", self.deviation()),
            self.failed.to_string(),
            self.failures_exported.to_string(),
            exported.spans.to_string(),
        ]
    }

    /// The difference between the sampled steps and their expected number, in standard errors.
    fn deviation(&self) -> f64 {
        let steps = float(self.steps);
        let difference = float(self.exported.sampled) - steps * self.rate();
        if difference == 0.0 {
            return 0.0;
        }
        // The steps of an unsampled task are all unsampled, which adds variance.
        let by_task = float(STEPS_PER_TASK - 1) * self.step_rate.powi(2) * self.task_rate * (1.0 - self.task_rate);
        difference / (steps * (self.rate() * (1.0 - self.rate()) + by_task)).sqrt()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "namespace",
            "rate",
            "steps",
            "sampled",
            "observed",
            "extrapolated",
            "off by",
            "errors",
            "exported",
            "spans",
        ];
        write_line(f, &head.map(str::to_owned))?;
        for row in &self.rows {
            write_line(f, &row.cells())?;
        }
        let sum = |count: fn(&Row) -> u64| self.rows.iter().map(count).sum::<u64>().to_string();
        let failures = |count: fn(&Row) -> usize| self.rows.iter().map(count).sum::<usize>().to_string();
        let extrapolated = self.rows.iter().map(|row| row.exported.extrapolated).sum::<f64>();
        let total = [
            "all".to_owned(),
            String::new(),
            sum(|row| row.steps),
            sum(|row| row.exported.sampled),
            String::new(),
            format!("{extrapolated:.0}"),
            String::new(),
            failures(|row| row.failed),
            failures(|row| row.failures_exported),
            sum(|row| row.exported.spans),
        ];
        write_line(f, &total)
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, cells: &[String; 10]) -> fmt::Result {
    let [
        namespace,
        rate,
        steps,
        sampled,
        observed,
        extrapolated,
        off_by,
        errors,
        exported,
        spans,
    ] = cells;
    writeln!(
        f,
        "{namespace:<11}  {rate:>6}  {steps:>7}  {sampled:>7}  {observed:>8}  {extrapolated:>12}  {off_by:>8}  \
         {errors:>6}  {exported:>8}  {spans:>7}"
    )
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2⁵³ steps")]
fn float(count: u64) -> f64 {
    count as f64
}
