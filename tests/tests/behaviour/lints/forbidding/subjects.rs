//! Derived impls, under the same lints.

#![forbid(
    deprecated,
    private_bounds,
    private_interfaces,
    clippy::elidable_lifetime_names,
    clippy::question_mark_used
)]

use std::borrow::Cow;
use std::time::SystemTime;

use tasker_span_runtime::{AsUuid, SpanFields, Uuid};

/// No subject outside of this module.
#[derive(Debug, Default)]
struct Private<T>(T);

impl<T: AsUuid> AsUuid for Private<T> {
    fn as_uuid(&self) -> Option<Uuid> {
        self.0.as_uuid()
    }
}

/// Public, with private types and types of every kind in it.
#[derive(SpanFields, Debug, Default)]
#[span(handler_name = self.name.as_ref())]
pub(in super::super) struct Task<'task, Id> {
    /// A moment.
    #[span(started_at)]
    created: Option<SystemTime>,
    /// Bounded by a private type.
    #[span(task_uuid)]
    id: Private<Id>,
    /// Borrowed.
    #[span(namespace)]
    name: Cow<'task, str>,
    /// Deprecated, and read all the same.
    #[deprecated = "tasks have no order"]
    priority: u8,
}

/// Deprecated as a whole.
#[deprecated = "use Task"]
#[derive(SpanFields, Debug, Default)]
pub(in super::super) struct OldTask {
    /// Of a type that is fine.
    task_uuid: Uuid,
}
