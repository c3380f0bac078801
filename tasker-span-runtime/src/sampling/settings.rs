//! `Sampling`: the sampling settings of a program. The running rates are in `rates`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::error::{Error, Kind};

/// How many namespaces can have a rate of their own, or a duration; and how many handlers a duration.
pub(crate) const MAX_NAMESPACES: usize = 1024;
/// How long a namespace's name can be.
pub(crate) const MAX_NAME: usize = 256;

/// Which spans are exported: a sampling rate for task spans, one for the steps of each namespace, and whether failed
/// spans and slow ones are exported in any case.
///
/// A rate is a number from 0 (no span) to 1 (every span). The default samples every span.
/// [`SamplingHandle`](crate::SamplingHandle) reads the rates of a running program by the same names.
///
/// ```
/// use tasker_span_runtime::{Sampling, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// # tasker_span_runtime::ignore_environment();
/// let sampling = Sampling::new()
///     .step_rate(0.1)
///     .namespace_rate("payments", 1.0)
///     .namespace_rate("analytics", 0.01);
/// let telemetry = Telemetry::builder().sampling(sampling).console_only().build()?;
///
/// let sampling = telemetry.sampling();
/// assert_eq!(sampling.task_rate(), 1.0);
/// assert_eq!(sampling.namespace_rate("payments"), 1.0);
/// assert_eq!(sampling.namespace_rate("fulfillment"), 0.1);
/// assert!(sampling.keep_errors());
/// # Ok(())
/// # }
/// ```
///
/// # Which spans are sampled together
///
/// - The trace id decides for the spans of a task. The step's UUID decides for `step.execution` and all its descendants.
///   Every process and every attempt decides alike.
/// - A step is sampled only if its task is, so its share is the product of both rates.
/// - A higher rate samples whatever a lower rate samples. Raising a rate adds spans and removes none.
///
/// A rate follows OpenTelemetry's [consistent probability
/// sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/). A rate below 1 is written
/// into the `tracestate` of sampled spans, for collectors that extrapolate.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "settings do nothing until telemetry is built with them"]
pub struct Sampling {
    tasks: f64,
    steps: f64,
    namespaces: BTreeMap<String, f64>,
    keep_errors: bool,
    slower_than: Option<Duration>,
    namespaces_slower_than: BTreeMap<String, Duration>,
    handlers_slower_than: BTreeMap<String, Duration>,
}

impl Sampling {
    /// Samples every span.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// assert_eq!(Sampling::new(), Sampling::new().task_rate(1.0).step_rate(1.0).keep_errors());
    /// ```
    pub fn new() -> Self {
        Self {
            tasks: 1.0,
            steps: 1.0,
            namespaces: BTreeMap::new(),
            keep_errors: true,
            slower_than: None,
            namespaces_slower_than: BTreeMap::new(),
            handlers_slower_than: BTreeMap::new(),
        }
    }

    /// The rate of task spans, and so of the steps of these tasks.
    ///
    /// ```
    /// let sampling = tasker_span_runtime::Sampling::new().task_rate(0.5);
    /// # drop(sampling);
    /// ```
    pub fn task_rate(mut self, rate: f64) -> Self {
        self.tasks = rate;
        self
    }

    /// The rate of steps whose namespace has no rate of its own.
    ///
    /// ```
    /// let sampling = tasker_span_runtime::Sampling::new().step_rate(0.1);
    /// # drop(sampling);
    /// ```
    pub fn step_rate(mut self, rate: f64) -> Self {
        self.steps = rate;
        self
    }

    /// The rate of a namespace's steps. The last rate given to a namespace counts.
    ///
    /// At most 1,024 namespaces can have a rate. Their names have at most 256 bytes.
    ///
    /// ```
    /// let sampling = tasker_span_runtime::Sampling::new().namespace_rate("analytics", 0.01);
    /// # drop(sampling);
    /// ```
    pub fn namespace_rate(mut self, name: impl Into<String>, rate: f64) -> Self {
        self.namespaces.insert(name.into(), rate);
        self
    }

    /// Exports an unsampled span that fails, panics or is cancelled, together with its ancestors in this process. This is
    /// the default.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// assert_eq!(Sampling::new().discard_errors().keep_errors(), Sampling::new());
    /// ```
    pub fn keep_errors(mut self) -> Self {
        self.keep_errors = true;
        self
    }

    /// Leaves an unsampled span unexported even if it fails.
    ///
    /// ```
    /// use tasker_span_runtime::Sampling;
    ///
    /// assert_ne!(Sampling::new().discard_errors(), Sampling::new());
    /// ```
    pub fn discard_errors(mut self) -> Self {
        self.keep_errors = false;
        self
    }

    /// Exports an unsampled span that lasts at least so long, together with its ancestors in this process. The default is
    /// that no span is exported for its duration.
    ///
    /// The durations of [`handler_slower_than`](Self::handler_slower_than) and
    /// [`namespace_slower_than`](Self::namespace_slower_than) win over this one.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let sampling = tasker_span_runtime::Sampling::new().step_rate(0.01).slower_than(Duration::from_secs(5));
    /// # drop(sampling);
    /// ```
    pub fn slower_than(mut self, duration: Duration) -> Self {
        self.slower_than = Some(duration);
        self
    }

    /// The same for the spans of a namespace, in place of the duration for all spans.
    ///
    /// At most 1,024 namespaces can have a duration. Their names have at most 256 bytes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let sampling = tasker_span_runtime::Sampling::new().namespace_slower_than("payments", Duration::from_secs(2));
    /// # drop(sampling);
    /// ```
    pub fn namespace_slower_than(mut self, name: impl Into<String>, duration: Duration) -> Self {
        self.namespaces_slower_than.insert(name.into(), duration);
        self
    }

    /// The same for the spans of the steps that a handler executes, in place of the duration of their namespace.
    ///
    /// At most 1,024 handlers can have a duration. Their names have at most 256 bytes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let sampling = tasker_span_runtime::Sampling::new().handler_slower_than("charge_payment", Duration::from_millis(500));
    /// # drop(sampling);
    /// ```
    pub fn handler_slower_than(mut self, name: impl Into<String>, duration: Duration) -> Self {
        self.handlers_slower_than.insert(name.into(), duration);
        self
    }

    pub(crate) fn get_task_rate(&self) -> f64 {
        self.tasks
    }

    pub(crate) fn get_step_rate(&self) -> f64 {
        self.steps
    }

    /// The rate of a namespace's steps: its own, or else that of all steps.
    pub(crate) fn get_namespace_rate(&self, namespace: &str) -> f64 {
        self.namespaces.get(namespace).copied().unwrap_or(self.steps)
    }

    /// The namespaces that have a rate of their own, in alphabetical order.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = (&str, f64)> {
        self.namespaces.iter().map(|(name, rate)| (name.as_str(), *rate))
    }

    pub(crate) fn get_keep_errors(&self) -> bool {
        self.keep_errors
    }

    pub(crate) fn get_slower_than(&self) -> Option<Duration> {
        self.slower_than
    }

    pub(crate) fn get_namespaces_slower_than(&self) -> &BTreeMap<String, Duration> {
        &self.namespaces_slower_than
    }

    pub(crate) fn get_handlers_slower_than(&self) -> &BTreeMap<String, Duration> {
        &self.handlers_slower_than
    }

    /// Whether a span may be sampled by slowness.
    pub(crate) fn has_slower_than(&self) -> bool {
        self.slower_than.is_some() || !self.namespaces_slower_than.is_empty() || !self.handlers_slower_than.is_empty()
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
        problems.extend(wrong_names("namespace", "", &self.namespaces));
        problems.extend(wrong_names(
            "namespace",
            " with a duration",
            &self.namespaces_slower_than,
        ));
        problems.extend(wrong_names("handler", " with a duration", &self.handlers_slower_than));
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

/// The names that are too long, and their number if it is too high.
fn wrong_names<V>(what: &str, which: &str, named: &BTreeMap<String, V>) -> Vec<String> {
    let long = named.keys().filter(|name| name.len() > MAX_NAME).map(|name| {
        let (start, length) = (&name[..name.floor_char_boundary(32)], name.len());
        format!(
            "the name of the {what} \"{}…\" has {length} bytes, expected at most {MAX_NAME}",
            start.escape_debug()
        )
    });
    let count = named.len();
    let many = (count > MAX_NAMESPACES)
        .then(|| format!("there are {count} {what}s{which}, expected at most {MAX_NAMESPACES}"));
    long.chain(many).collect()
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
            .task_rate(0.0)
            .step_rate(1.0)
            .namespace_rate("payments", 0.5)
            .namespace_rate("", 0.1);
        assert!(all.validate(ORIGIN).is_ok());
    }

    #[test]
    fn every_mistake_is_named_with_its_value() {
        let wrong = Sampling::new()
            .task_rate(f64::NAN)
            .step_rate(-0.1)
            .namespace_rate("payments", 1.5)
            .namespace_rate("fine", 1.0)
            .namespace_rate("é".repeat(200), 1.0);
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
            assert!(
                Sampling::new().namespace_rate("a", rate).validate(ORIGIN).is_err(),
                "{rate}"
            );
        }
    }

    #[test]
    fn there_are_at_most_1024_namespaces() {
        let many =
            |count: usize| (0..count).fold(Sampling::new(), |all, index| all.namespace_rate(index.to_string(), 0.5));
        assert!(many(1024).validate(ORIGIN).is_ok());
        let message = many(1025).validate(ORIGIN).unwrap_err().to_string();
        assert!(
            message.ends_with("there are 1025 namespaces, expected at most 1024"),
            "{message}"
        );
    }

    #[test]
    fn the_last_rate_of_a_namespace_counts() {
        let sampling = Sampling::new().namespace_rate("a", 0.1).namespace_rate("a", 0.2);
        assert_eq!(sampling.namespaces().collect::<Vec<_>>(), [("a", 0.2)]);
    }

    #[test]
    fn names_with_a_duration_have_the_same_bounds() {
        let wrong = (0..1025).fold(Sampling::new(), |all, index| {
            all.handler_slower_than(index.to_string(), Duration::ZERO)
        });
        let wrong = wrong.namespace_slower_than("x".repeat(257), Duration::MAX);
        let message = wrong.validate(ORIGIN).unwrap_err().to_string();
        let name = "x".repeat(32);
        assert_eq!(
            message,
            format!(
                "invalid sampling by `.sampling(…)`: \
                 the name of the namespace \"{name}…\" has 257 bytes, expected at most 256; \
                 there are 1025 handlers with a duration, expected at most 1024"
            )
        );
        let valid = Sampling::new()
            .slower_than(Duration::ZERO)
            .handler_slower_than("", Duration::MAX);
        assert!(valid.validate(ORIGIN).is_ok());
    }
}
