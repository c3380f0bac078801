//! Configured against observed rates, and extrapolated against true counts.

use std::fmt;

use tasker_span_runtime::{NamespaceStats, SamplingHandle, stats};

use super::tally::{Counts, Exported};
use super::{Done, NAMESPACES, STEPS_PER_TASK, Tally};

/// What was done, beside what was exported of it: a line for each namespace.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Row>,
    /// Failed handlers of steps that did not fail.
    surplus: usize,
    /// Failed steps whose handler was exported and whose execution was not.
    torn: usize,
}

/// A namespace.
#[derive(Clone, Debug)]
struct Row {
    namespace: &'static str,
    task_rate: f64,
    step_rate: f64,
    steps: u64,
    exported: Exported,
    failed: usize,
    failures_exported: usize,
    /// What the runtime has counted itself; nothing where all is kept.
    counted: Option<NamespaceStats>,
}

impl Table {
    /// Of what ran under these settings.
    pub fn new(sampling: &SamplingHandle, done: &Done, tally: &Tally) -> Self {
        let counts = tally.counts();
        let is_injected = |step| done.failures.contains_key(step);
        Self {
            rows: NAMESPACES
                .into_iter()
                .map(|namespace| Row::new(namespace, sampling, done, &counts))
                .collect(),
            surplus: counts.failed.iter().filter(|step| !is_injected(step)).count(),
            torn: counts.failed.difference(&counts.executed).count(),
        }
    }

    /// What must not be: errors that are missing, torn from their step, or not known to anybody, and counts that are wrong.
    pub fn problems(&self) -> Vec<String> {
        let lost = |row: &Row| row.failed - row.failures_exported;
        let miscounted = self.rows.iter().filter(|row| !row.is_counted());
        let counts = [
            (miscounted.count(), "namespaces were miscounted by the runtime"),
            (self.rows.iter().map(lost).sum(), "errors were not exported"),
            (self.surplus, "errors were exported that nobody injected"),
            (self.torn, "errors were exported without their step's execution"),
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

    /// By how many standard errors the steps that were kept differ from those that should have been.
    fn deviation(&self) -> f64 {
        let steps = float(self.steps);
        let difference = float(self.exported.sampled) - steps * self.rate();
        if difference == 0.0 {
            return 0.0;
        }
        // The steps of a task are kept only together with it, which makes the count less even.
        let together = float(STEPS_PER_TASK - 1) * self.step_rate.powi(2) * self.task_rate * (1.0 - self.task_rate);
        difference / (steps * (self.rate() * (1.0 - self.rate()) + together)).sqrt()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<11}  {:>6}  {:>7}  {:>6}  {:>8}  {:>12}  {:>8}  {:>6}  {:>6}  {:>7}",
            "namespace", "rate", "steps", "kept", "observed", "extrapolated", "off by", "errors", "kept", "spans"
        )?;
        for row in &self.rows {
            let exported = &row.exported;
            let observed = float(exported.sampled) / float(row.steps.max(1));
            writeln!(
                f,
                "{:<11}  {:>6}  {:>7}  {:>6}  {:>8.5}  {:>12.0}  {:>+5.2} se  {:>6}  {:>6}  {:>7}",
                row.namespace,
                row.rate(),
                row.steps,
                exported.sampled,
                observed,
                exported.extrapolated,
                row.deviation(),
                row.failed,
                row.failures_exported,
                exported.spans,
            )?;
        }
        let sum = |count: fn(&Row) -> u64| self.rows.iter().map(count).sum::<u64>();
        writeln!(
            f,
            "{:<11}  {:>6}  {:>7}  {:>6}  {:>8}  {:>12.0}  {:>8}  {:>6}  {:>6}  {:>7}",
            "all",
            "",
            sum(|row| row.steps),
            sum(|row| row.exported.sampled),
            "",
            self.rows.iter().map(|row| row.exported.extrapolated).sum::<f64>(),
            "",
            self.rows.iter().map(|row| row.failed).sum::<usize>(),
            self.rows.iter().map(|row| row.failures_exported).sum::<usize>(),
            sum(|row| row.exported.spans),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "no run has 2⁵³ steps")]
fn float(count: u64) -> f64 {
    count as f64
}
