//! Attributes that become known while their span runs.

use tracing::span::Record;
use triomphe::Arc;

use super::local::{LocalSpan, PINNED};
use super::{conflict, creation, inherit, position, stack};
use crate::catalogue::Attribute;
use crate::catalogue::attributes::{AttributeValue, Attributes};
use crate::identity;
use crate::outcome::caught;
use crate::record::Held;
use crate::stats;

/// Takes a catalogue attribute that was recorded by plain `tracing`.
pub(crate) fn record_late(span: &LocalSpan, attribute: Attribute, text: &str) {
    let mut recorded = Attributes::default();
    if recorded.set_from_text(attribute, text) {
        conflict::note_recorded(span, &recorded);
        note(span, attribute, &recorded);
    }
}

/// Records those of the values on the active span that it declared late and still lacks.
pub(crate) fn record_on_active(values: &Attributes) {
    if let Some(span) = stack::enclosing() {
        record(&span, values);
    }
}

pub(super) fn record(span: &Arc<LocalSpan>, values: &Attributes) {
    conflict::note_recorded(span, values);
    for attribute in span.site.late().iter().copied() {
        if let Some(value) = values.get(attribute)
            && note(span, attribute, values)
        {
            show(span, attribute, value);
        }
    }
}

/// Takes over `attribute` out of `recorded` and inserts it into the identity cache. Returns false if it was known.
fn note(span: &LocalSpan, attribute: Attribute, recorded: &Attributes) -> bool {
    if span.record.attributes.get(attribute).is_some()
        || names_nothing(span, attribute, recorded)
        || span.is_recorded(attribute)
    {
        return false;
    }
    if attribute == Attribute::TaskUuid && span.is_taskless && span.is_lost_in(recorded) {
        creation::pin(span);
    }
    let mut is_first = false;
    span.extend(|extra| {
        is_first = true;
        extra.late.fill_from(recorded);
        if let (Attribute::TaskUuid, Some(task_uuid)) = (attribute, recorded.task_uuid) {
            if span.is_taskless && !span.has(PINNED) {
                // From now on, it is in its task's trace.
                is_first = span.mark_recorded(attribute);
                return;
            }
            let root = position::derived(identity::trace_id(task_uuid), identity::root_span_id(task_uuid));
            extra.links.push(opentelemetry::trace::Link::with_context(root));
        }
    });
    let is_first = is_first && (span.is_recorded(attribute) || span.mark_recorded(attribute));
    if is_first {
        let conflicts = inherit::insert_known(span, &span.known(), span.realm());
        if conflicts != conflict::NONE {
            conflict::note_late(span, attribute, conflicts);
        }
    }
    is_first
}

/// Records the value on the `tracing` side too, which log lines show.
pub(super) fn show(span: &LocalSpan, attribute: Attribute, value: AttributeValue<'_>) {
    let Some(promoted) = span.promoted() else { return };
    let fields = span.site.callsite().metadata.fields();
    let Some(field) = fields.field(attribute.name()) else {
        return;
    };
    let mut buffer = [0; 36];
    let value = Held::of_attribute(value, &mut buffer);
    let values = [(&field, Some(value.as_value()))];
    let values = fields.value_set(&values);
    caught(|| promoted.dispatch.record(&promoted.id, &Record::new(&values)));
}

/// Whether the value is an empty text, or the nil UUID, which is counted.
fn names_nothing(span: &LocalSpan, attribute: Attribute, values: &Attributes) -> bool {
    match values.get(attribute) {
        Some(AttributeValue::Text(text)) => text.is_empty(),
        Some(AttributeValue::Uuid(id)) if id.is_nil() => {
            if span.may_be_exported() {
                stats::NIL_UUIDS.add_one();
            }
            true
        }
        _ => false,
    }
}
