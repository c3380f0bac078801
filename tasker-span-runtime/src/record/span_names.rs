//! `SpanNames`: whether an exported name says what its span is about. How is in `names`.

/// The exported names of spans. For [`TelemetryBuilder::span_names`](crate::TelemetryBuilder::span_names).
///
/// A name is of low cardinality, as [OpenTelemetry's specification][1] wants it: never an id, nor a value of an argument. The
/// name that `otel.name` gives a span is not changed.
///
/// [1]: https://opentelemetry.io/docs/specs/otel/trace/api/#span
///
/// ```
/// # #[cfg(feature = "testing")]
/// # fn main() {
/// use tasker_span_runtime::testing::Capture;
/// use tasker_span_runtime::{SpanNames, Uuid, step_scope};
///
/// let capture = Capture::builder().span_names(SpanNames::Detailed).start();
/// let id = Uuid::from_u128(7);
/// let span = step_scope!(
///     "step.execution",
///     correlation_id = id,
///     task_uuid = id,
///     step_uuid = id,
///     namespace = "payments",
///     handler_name = "charge_payment",
/// );
/// span.in_scope(|| ());
/// let span = capture.spans().named("step.execution").one();
/// assert_eq!(span.exported_name(), "step.execution charge_payment");
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanNames {
    /// The names of the catalogue: `step.execution`.
    #[default]
    Plain,
    /// With the span's object: the step, or else its handler, the task's name, or the states of a transition, such as
    /// `task.state_transition initializing → enqueuing_steps`. The name in the catalogue is the attribute `tasker.span`. Custom
    /// spans have their own name.
    Detailed,
}

impl SpanNames {
    pub(crate) fn is_detailed(self) -> bool {
        self == Self::Detailed
    }
}
