//! How spans behave.

use std::time::Duration;

use super::TelemetryBuilder;
use crate::outcome::ErrorDescription;
use crate::record::SpanNames;
use crate::sampling::Sampling;
use crate::span::UnknownNamespace;

impl TelemetryBuilder {
    /// The sampling rates; by default every span is sampled. They apply to the whole process, and
    /// [`Telemetry::sampling`](crate::Telemetry::sampling) changes them at run time.
    ///
    /// A span that belongs to no task is sampled if its parent is. Without a parent it is sampled at the rate of task spans.
    ///
    /// ```
    /// use tasker_span_runtime::{Sampling, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let sampling = Sampling::new().step_rate(0.1).namespace_rate("payments", 1.0);
    /// let telemetry = Telemetry::builder().sampling(sampling).console_only().build()?;
    /// assert_eq!(telemetry.sampling().step_rate(), 0.1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// What a span is whose required `namespace` nothing supplies: by default a violation of the catalogue. With
    /// [`UnknownNamespace::Absent`] it lacks the attribute, and nothing is counted. For engines whose namespace is not known
    /// wherever a task is.
    ///
    /// ```
    /// use tasker_span_runtime::{Telemetry, UnknownNamespace};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder()
    ///     .unknown_namespace(UnknownNamespace::Absent)
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn unknown_namespace(mut self, unknown: UnknownNamespace) -> Self {
        self.unknown_namespace = unknown;
        self
    }

    /// Has open work seen before it ends. A step or task that has been open for so long gets a marker: a span `step.running` or
    /// `task.running`, from its start until now, and others when it has been open four, sixteen and 64 times as long. And
    /// [`Telemetry::open_work`](crate::Telemetry::open_work) lists all that is open. By default, and with a duration of zero,
    /// neither is done.
    ///
    /// A marker of an unsampled step is exported too, and the step then has `tasker.sampled_by` and is exported at its end.
    /// [Operations](https://github.com/tasker-systems/tasker-span/blob/main/docs/operations.md#running-work) shows what a
    /// running task looks like.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = Telemetry::builder().running_after(Duration::from_secs(10)).console_only().build()?;
    /// assert!(telemetry.open_work().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn running_after(mut self, age: Duration) -> Self {
        self.running_after = Some(age);
        self
    }

    /// Whether exported names say what a span is about: `step.execution charge_payment` instead of `step.execution`. By default
    /// they are [`Plain`](SpanNames::Plain).
    ///
    /// ```
    /// use tasker_span_runtime::{SpanNames, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().span_names(SpanNames::Detailed).console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn span_names(mut self, names: SpanNames) -> Self {
        self.names = names;
        self
    }

    /// The description of errors that is exported beside their type. A macro can override it. Applies to the whole process.
    pub fn error_description(mut self, description: ErrorDescription) -> Self {
        self.error_description = description;
        self
    }

    /// Opens every sampled span as a `tracing` span at its start, for a layer that must see all of them. A span then costs
    /// about what `#[tracing::instrument]` costs.
    ///
    /// By default [`install`](Self::install) makes a `tracing` span of a span only if code asks for it, by
    /// `Span::current()` or with a span of its own inside. A subscriber of your own sees every sampled span, unless it is
    /// wrapped in [`SpanSubscriber`](crate::SpanSubscriber), and so does a [`layer`](Self::layer) of `install`.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().visible().console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn visible(mut self) -> Self {
        self.visible = Some(true);
        self
    }

    /// Makes each span OpenTelemetry's current one while its code runs, for code that calls OpenTelemetry's own API inside.
    /// It costs some 200 ns for each time that a span is entered.
    ///
    /// Without it, `opentelemetry::Context::current()` does not know a span that is no `tracing` span.
    /// [`TraceContext::current`](crate::TraceContext::current) and [`Propagator`](crate::otel::Propagator) always do.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().activate_context().console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn activate_context(mut self) -> Self {
        self.activate_context = true;
        self
    }

    /// Panics at a violation of the catalogue, with the path of spans that led to it. For tests.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }
}
