//! Which part of the spans is kept, in the words of its user.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Kind};

/// How many namespaces can have a rate of their own.
pub(crate) const MAX_NAMESPACES: usize = 1024;
/// How long a namespace's name can be.
pub(crate) const MAX_NAME: usize = 256;

/// Which part of the spans is kept: a rate for task spans, one for the steps of each namespace, and whether errors are kept
/// in any case.
///
/// A rate is a number from 0, nothing, to 1, all. Without any of these methods all is kept.
///
/// ```
/// use tasker_span_runtime::Sampling;
///
/// let sampling = Sampling::new()
///     .steps(0.1)
///     .namespace("payments", 1.0)
///     .namespace("analytics", 0.01);
///
/// assert_eq!(sampling.task_rate(), 1.0);
/// assert_eq!(sampling.rate_of("payments"), 1.0);
/// assert_eq!(sampling.rate_of("fulfillment"), 0.1);
/// assert!(sampling.keeps_errors());
/// ```
///
/// # What is kept together
///
/// - The spans of a task are kept or dropped by its trace id; those of a step, which are `step.execution` and all inside it,
///   by the step's UUID. Every process and every attempt comes to the same answer.
/// - A step is kept only where its task is, so that its share is the product of both rates.
/// - What a lower rate keeps, a higher one keeps as well. To raise a rate adds to what is seen, and removes nothing.
///
/// A rate is applied as OpenTelemetry's [consistent probability
/// sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/) has it. Below 1 it is written
/// into the `tracestate` of what is kept, for collectors that extrapolate.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "settings do nothing until telemetry is built with them"]
pub struct Sampling {
    tasks: f64,
    steps: f64,
    namespaces: BTreeMap<String, f64>,
    keep_errors: bool,
}

impl Sampling {
    /// Keeps all.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// let sampling = Sampling::new();
    /// assert_eq!((sampling.task_rate(), sampling.step_rate()), (1.0, 1.0));
    /// assert_eq!(sampling, Sampling::default());
    /// ```
    pub fn new() -> Self {
        Self {
            tasks: 1.0,
            steps: 1.0,
            namespaces: BTreeMap::new(),
            keep_errors: true,
        }
    }

    /// The rate of task spans, and with them of the steps inside.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// assert_eq!(Sampling::new().tasks(0.5).task_rate(), 0.5);
    /// ```
    pub fn tasks(mut self, rate: f64) -> Self {
        self.tasks = rate;
        self
    }

    /// The rate of steps whose namespace has none of its own.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// let sampling = Sampling::new().namespace("payments", 1.0).steps(0.1);
    /// assert_eq!(sampling.rate_of("payments"), 1.0);
    /// assert_eq!(sampling.rate_of("registered_at_run_time"), 0.1);
    /// ```
    pub fn steps(mut self, rate: f64) -> Self {
        self.steps = rate;
        self
    }

    /// The rate of a namespace's steps. Of two rates for one namespace the last counts.
    ///
    /// At most 1,024 namespaces, whose names have at most 256 bytes, can have one.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// let sampling = Sampling::new().namespace("analytics", 0.01);
    /// assert_eq!(sampling.rate_of("analytics"), 0.01);
    /// ```
    pub fn namespace(mut self, name: impl Into<String>, rate: f64) -> Self {
        self.namespaces.insert(name.into(), rate);
        self
    }

    /// Whether a span that fails, panics or is cancelled is exported although it was dropped, together with the spans around
    /// it. It is, unless this is turned off.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// assert!(!Sampling::new().keep_errors(false).keeps_errors());
    /// ```
    pub fn keep_errors(mut self, keep: bool) -> Self {
        self.keep_errors = keep;
        self
    }

    /// The rate of task spans.
    ///
    /// ```
    /// assert_eq!(tasker_span_runtime::Sampling::new().task_rate(), 1.0);
    /// ```
    pub fn task_rate(&self) -> f64 {
        self.tasks
    }

    /// The rate of steps whose namespace has none of its own.
    ///
    /// ```
    /// assert_eq!(tasker_span_runtime::Sampling::new().steps(0.1).step_rate(), 0.1);
    /// ```
    pub fn step_rate(&self) -> f64 {
        self.steps
    }

    /// The rate of a namespace's steps: its own, or else [`step_rate`](Self::step_rate).
    ///
    /// ```
    /// assert_eq!(tasker_span_runtime::Sampling::new().steps(0.1).rate_of("any"), 0.1);
    /// ```
    pub fn rate_of(&self, namespace: &str) -> f64 {
        self.namespaces.get(namespace).copied().unwrap_or(self.steps)
    }

    /// The namespaces that have a rate of their own, in alphabetical order.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// let sampling = Sampling::new().namespace("payments", 1.0).namespace("analytics", 0.01);
    /// let names: Vec<_> = sampling.namespaces().collect();
    /// assert_eq!(names, [("analytics", 0.01), ("payments", 1.0)]);
    /// ```
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, f64)> {
        self.namespaces.iter().map(|(name, rate)| (name.as_str(), *rate))
    }

    /// Whether errors are exported although their spans were dropped.
    ///
    /// ```
    /// assert!(tasker_span_runtime::Sampling::new().keeps_errors());
    /// ```
    pub fn keeps_errors(&self) -> bool {
        self.keep_errors
    }

    /// Every mistake in one error, which begins with where the settings came from.
    pub(crate) fn validate(&self, origin: impl fmt::Display) -> Result<(), Error> {
        let fixed = [("task spans", self.tasks), ("steps", self.steps)];
        let fixed = fixed.map(|(what, rate)| (what.to_owned(), rate));
        let named = self
            .namespaces()
            .map(|(name, rate)| (format!("the namespace {name:?}"), rate));
        let mut problems: Vec<String> = fixed
            .into_iter()
            .chain(named)
            .filter(|(_, rate)| !(0.0..=1.0).contains(rate))
            .map(|(what, rate)| format!("the rate of {what} is {rate}, expected a number from 0 to 1"))
            .collect();
        let long = self.namespaces.keys().filter(|name| name.len() > MAX_NAME);
        problems.extend(long.map(|name| {
            let (start, length) = (&name[..name.floor_char_boundary(32)], name.len());
            format!(
                "the name of the namespace \"{}…\" has {length} bytes, expected at most {MAX_NAME}",
                start.escape_debug()
            )
        }));
        let count = self.namespaces.len();
        if count > MAX_NAMESPACES {
            problems.push(format!(
                "there are {count} namespaces, expected at most {MAX_NAMESPACES}"
            ));
        }
        if problems.is_empty() {
            return Ok(());
        }
        let problems = problems.join("; ");
        Err(Error::new(
            Kind::Configuration,
            format!("invalid sampling by {origin}: {problems}"),
        ))
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Origin;

    const ORIGIN: Origin = Origin::Method("sampling");

    #[test]
    fn rates_from_0_to_1_are_valid() {
        let all = Sampling::new()
            .tasks(0.0)
            .steps(1.0)
            .namespace("payments", 0.5)
            .namespace("", 0.1);
        assert!(all.validate(ORIGIN).is_ok());
    }

    #[test]
    fn every_mistake_is_named_with_its_value() {
        let wrong = Sampling::new()
            .tasks(f64::NAN)
            .steps(-0.1)
            .namespace("payments", 1.5)
            .namespace("fine", 1.0)
            .namespace("é".repeat(200), 1.0);
        let error = wrong.validate(ORIGIN).unwrap_err();
        assert!(error.is_invalid_configuration());
        let name = "é".repeat(16);
        assert_eq!(
            error.to_string(),
            format!(
                "invalid sampling by `.sampling(…)`: the rate of task spans is NaN, expected a number from 0 to 1; \
                 the rate of steps is -0.1, expected a number from 0 to 1; \
                 the rate of the namespace \"payments\" is 1.5, expected a number from 0 to 1; \
                 the name of the namespace \"{name}…\" has 400 bytes, expected at most 256"
            )
        );
        for rate in [
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            -f64::MIN_POSITIVE,
            1.0 + f64::EPSILON,
        ] {
            assert!(Sampling::new().namespace("a", rate).validate(ORIGIN).is_err(), "{rate}");
        }
    }

    #[test]
    fn there_are_at_most_1024_namespaces() {
        let many = |count: usize| (0..count).fold(Sampling::new(), |all, index| all.namespace(index.to_string(), 0.5));
        assert!(many(1024).validate(ORIGIN).is_ok());
        let message = many(1025).validate(ORIGIN).unwrap_err().to_string();
        assert!(
            message.ends_with("there are 1025 namespaces, expected at most 1024"),
            "{message}"
        );
    }

    #[test]
    fn the_last_rate_of_a_namespace_counts() {
        let sampling = Sampling::new().namespace("a", 0.1).namespace("a", 0.2);
        assert_eq!(sampling.namespaces().collect::<Vec<_>>(), [("a", 0.2)]);
    }
}
