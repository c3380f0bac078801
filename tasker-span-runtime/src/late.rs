//! Attributes that become known while their span runs.

use crate::attributes::{AttributeValue, Attributes};
use crate::catalogue::Attribute;
use crate::identity;
use crate::recording;
use crate::resolve;
use crate::scope::Scope;
use crate::stats;

/// Takes note of a value that was recorded on the span of `scope` by whatever means.
pub(crate) fn note_text(scope: &Scope, attribute: Attribute, value: &str) {
    let mut recorded = Attributes::default();
    if recorded.set_from_text(attribute, value) {
        note(scope, attribute, &recorded);
    }
}

/// Takes over `attribute` out of `recorded`, once, and remembers it for other scopes.
pub(crate) fn note(scope: &Scope, attribute: Attribute, recorded: &Attributes) {
    if names_nothing(attribute, recorded) || !scope.mark_recorded(attribute) {
        return;
    }
    let known = {
        let mut attributes = scope.attributes();
        attributes.fill_from(recorded);
        attributes.clone()
    };
    resolve::remember(scope.site, &known, scope.is_exported());
    if let (Attribute::TaskUuid, Some(task_uuid), Some(handle)) = (attribute, recorded.task_uuid, scope.handle.get()) {
        handle.link(identity::trace_id(task_uuid), identity::root_span_id(task_uuid));
    }
}

/// Records those of the values that the scope declared late and still lacks.
pub(crate) fn record(scope: &Scope, values: &Attributes) {
    for attribute in scope.site.late().iter().copied() {
        let Some(value) = values.get(attribute) else { continue };
        if scope.is_recorded(attribute) || names_nothing(attribute, values) {
            continue;
        }
        // The layer takes note as it does of a plain `Span::record`; without the layer nobody would.
        recording::record(scope, attribute, value);
        note(scope, attribute, values);
    }
}

/// Whether the value is an empty text, or the nil UUID, which is counted.
fn names_nothing(attribute: Attribute, values: &Attributes) -> bool {
    match values.get(attribute) {
        Some(AttributeValue::Text(text)) => text.is_empty(),
        Some(AttributeValue::Uuid(id)) if id.is_nil() => {
            stats::NIL_UUIDS.add_one();
            true
        }
        _ => false,
    }
}
