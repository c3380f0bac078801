//! Conversions of values in macro arguments. A program converts values of its own types: if its
//! code panics, the attribute is absent.

use std::time::SystemTime;

use uuid::Uuid;

use crate::catalogue::attributes::{Text, name};
use crate::outcome::caught;
use crate::propagation::{AsLink, Links};
use crate::subject::state::AsState;
use crate::subject::value::{AsInteger, AsText, AsTimestamp, AsUuid};

/// `task_uuid = value`.
#[inline]
pub fn uuid<T: AsUuid + ?Sized>(value: &T) -> Option<Uuid> {
    caught(|| value.as_uuid()).flatten()
}

/// `namespace = value`.
#[inline]
pub fn text<T: AsText + ?Sized>(value: &T) -> Option<Text> {
    caught(|| value.as_text()).flatten().map(name)
}

/// `priority = value`.
#[inline]
pub fn integer<T: AsInteger + ?Sized>(value: &T) -> Option<i64> {
    caught(|| value.as_integer()).flatten()
}

/// `to = value`.
#[inline]
pub fn state<T: AsState<Kind> + ?Sized, Kind>(value: &T) -> Option<Text> {
    caught(|| value.as_state())
}

/// `started_at = value`.
#[inline]
pub fn timestamp<T: AsTimestamp + ?Sized>(value: &T) -> Option<SystemTime> {
    caught(|| value.as_timestamp()).flatten()
}

/// `link = value`.
#[inline]
pub fn links<T: AsLink + ?Sized>(value: &T) -> impl FnOnce(&mut Links) {
    // Links that were added before a panic are exported.
    |links| {
        caught(|| value.add_to(links));
    }
}

// `late(attribute = |ok| …)`. The compiler quotes the function whose bound does not hold.

#[inline]
pub fn late_uuid<'a, T: ?Sized, V: AsUuid>(ok: Option<&'a T>, read: impl FnOnce(&'a T) -> V) -> Option<Uuid> {
    uuid(&read(ok?))
}

#[inline]
pub fn late_text<'a, T: ?Sized, V: AsText>(ok: Option<&'a T>, read: impl FnOnce(&'a T) -> V) -> Option<Text> {
    text(&read(ok?))
}

#[inline]
pub fn late_integer<'a, T: ?Sized, V: AsInteger>(ok: Option<&'a T>, read: impl FnOnce(&'a T) -> V) -> Option<i64> {
    integer(&read(ok?))
}

#[inline]
pub fn late_state<'a, T: ?Sized, V: AsState<Kind>, Kind>(
    ok: Option<&'a T>,
    read: impl FnOnce(&'a T) -> V,
) -> Option<Text> {
    state(&read(ok?))
}
