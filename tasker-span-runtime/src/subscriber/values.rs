//! The values of a local span's `tracing` fields, for promotion and for log lines.

use smallvec::SmallVec;
use tracing::field::ValueSet;

use crate::catalogue::Attribute;
use crate::record::{Held, UuidText};
use crate::span::LocalSpan;

/// Calls `read` with what is known by now, in the order of the call site's fields: the catalogue's
/// attributes, the user's own.
pub(crate) fn with_values<R>(span: &LocalSpan, read: impl FnOnce(&ValueSet<'_>) -> R) -> R {
    let site = span.site;
    let attributes = span.known();
    // A copy, because `read` runs other code.
    let own = span.with_extra(|extra| extra.map_or_else(Vec::new, |extra| extra.fields.clone()));
    let mut buffers: [UuidText; Attribute::ALL.len()] = [[0; 36]; Attribute::ALL.len()];
    let mut free = buffers.iter_mut();
    let values = site.attributes().iter().map(|attribute| {
        let value = attributes.get(*attribute)?;
        free.next().map(|buffer| Held::of_attribute(value, buffer))
    });
    let mut held: SmallVec<[_; 2 * Attribute::ALL.len()]> = values.collect();
    held.extend(own.iter().map(Held::of_field));
    let fields = site.callsite().metadata.fields();
    held.resize_with(fields.len(), || None);
    let values: SmallVec<[_; 2 * Attribute::ALL.len()]> =
        held.iter().map(|value| value.as_ref().map(Held::as_value)).collect();
    read(&fields.value_set_all(&values))
}
