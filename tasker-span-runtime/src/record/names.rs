//! The exported name of a record, with its object if the program wants it. The catalogue's names are in `marks`.

#[cfg(feature = "_otlp")]
use std::borrow::Cow;

use uuid::Uuid;

use super::marks::given_name;
#[cfg(feature = "_otlp")]
use super::marks::own_name;
use super::span_record::{Source, SpanRecord};

/// The longest part of a name after the catalogue's own, in characters.
const MAX_OBJECT: usize = 100;

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
        Source::Root | Source::LostAttempt | Source::RecordedTransition | Source::Running(_) => true,
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
        "task.orchestration" | "task.running" => push(&mut object, attributes.task_name.as_deref()),
        "task.state_transition" => push(&mut object, Some(&format!("{from} → {to}"))),
        "step.state_transition" => {
            push(&mut object, Some(&format!("{from} → {to}")));
            push(&mut object, step);
        }
        "step.execution" | "step.running" | "handler.execution" | "result.submission" => push(&mut object, step),
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
