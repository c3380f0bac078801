//! Ids in the entries of the identity cache, where the nil UUID is none.

use uuid::Uuid;

pub(super) fn present(id: Uuid) -> Option<Uuid> {
    (!id.is_nil()).then_some(id)
}

/// Fills an empty slot: the first id wins. Returns whether the slot has another one.
#[inline]
pub(super) fn fill(slot: &mut Uuid, id: Option<Uuid>) -> bool {
    let Some(id) = id else { return false };
    if slot.is_nil() {
        *slot = id;
    }
    *slot != id
}
