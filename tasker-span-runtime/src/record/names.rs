//! `SpanNames`: whether an exported name says what its span is about. The catalogue's names are in `marks`.

#[cfg(feature = "_otlp")]
use std::borrow::Cow;

use uuid::Uuid;

use super::marks::given_name;
#[cfg(feature = "_otlp")]
use super::marks::own_name;
use super::span_record::{Source, SpanRecord};

/// The longest part of a name after the catalogue's own, in characters.
const MAX_OBJECT: usize = 100;

/// The exported names of spans. For [`TelemetryBuilder::span_names`](crate::TelemetryBuilder::span_names).
///
/// A name is of low cardinality, as [OpenTelemetry's specification][1] wants it: never an id, nor a value of an argument. The
/// name that `otel.name` gives a span is not changed.
///
/// [1]: https://opentelemetry.io/docs/specs/otel/trace/api/#span
///
/// ```
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

/// The exported name.
#[cfg(feature = "_otlp")]
pub(crate) fn name(record: &SpanRecord) -> Cow<'_, str> {
    if let Some(name) = own_name(record) {
        return Cow::Borrowed(name);
    }
    match detailed(record) {
        Some(name) => Cow::Owned(name),
        None => Cow::Borrowed(given_name(record)),
    }
}

/// The name in the catalogue of a span that has another exported name.
pub(super) fn name_in_catalogue(record: &SpanRecord) -> Option<&'static str> {
    let is_of_catalogue = match record.source {
        Source::Site(site) => site.is_of_catalogue(),
        Source::Root | Source::LostAttempt | Source::RecordedTransition => true,
    };
    (record.names.is_detailed() && is_of_catalogue).then(|| given_name(record))
}

/// The catalogue's name with the span's object.
pub(super) fn detailed(record: &SpanRecord) -> Option<String> {
    let name = name_in_catalogue(record)?;
    let attributes = &record.attributes;
    let [from, to] = [&attributes.from_state, &attributes.to_state].map(|state| state.as_deref().unwrap_or("unknown"));
    let step = attributes.step_name.as_ref().or(attributes.handler_name.as_ref());
    let step = step.map(|step| &**step);
    let mut object = String::new();
    match name {
        "task.orchestration" => push(&mut object, attributes.task_name.as_deref()),
        "task.state_transition" => push(&mut object, Some(&format!("{from} → {to}"))),
        "step.state_transition" => {
            push(&mut object, Some(&format!("{from} → {to}")));
            push(&mut object, step);
        }
        "step.execution" | "handler.execution" | "result.submission" => push(&mut object, step),
        _ => {}
    }
    (!object.is_empty()).then(|| format!("{name}{object}"))
}

/// Adds a part of the object, unless it is an id.
fn push(object: &mut String, part: Option<&str>) {
    let Some(part) = part
        .map(str::trim)
        .filter(|part| !part.is_empty() && Uuid::try_parse(part).is_err())
    else {
        return;
    };
    object.push(' ');
    match part.char_indices().nth(MAX_OBJECT) {
        Some((end, _)) => {
            object.push_str(&part[..end]);
            object.push('…');
        }
        None => object.push_str(part),
    }
}
