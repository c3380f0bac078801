//! No lint fires in an expansion, and none is switched off there: `forbid` would turn an `#[allow]` into an error.

#![forbid(
    deprecated,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    let_underscore_drop,
    missing_docs,
    private_bounds,
    private_interfaces,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unsafe_code,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::elidable_lifetime_names,
    clippy::min_ident_chars,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::needless_lifetimes,
    clippy::question_mark_used,
    clippy::ref_patterns,
    clippy::single_char_lifetime_names,
    clippy::std_instead_of_core,
    clippy::use_self
)]

use std::borrow::Cow;
use std::time::SystemTime;

use tasker_span_runtime::{HasPriority, HasTaskUuid, SpanFields, Uuid};

/// No subject outside of this module.
#[derive(Debug, Default)]
struct Private<T>(T);

impl<T: tasker_span_runtime::AsUuid> tasker_span_runtime::AsUuid for Private<T> {
    fn as_uuid(&self) -> Option<Uuid> {
        self.0.as_uuid()
    }
}

/// Public, with private types and types of every kind in it.
#[derive(SpanFields, Debug, Default)]
#[span(handler_name = self.name.as_ref())]
pub(crate) struct Task<'task, Id> {
    /// Bounded by a private type.
    #[span(task_uuid)]
    id: Private<Id>,
    /// Borrowed.
    #[span(namespace)]
    name: Cow<'task, str>,
    /// Deprecated, and read all the same.
    #[deprecated = "tasks have no order"]
    priority: u8,
    /// A moment.
    #[span(started_at)]
    created: Option<SystemTime>,
}

/// Deprecated as a whole.
#[deprecated = "use Task"]
#[expect(dead_code, reason = "the impls alone do not use it")]
#[derive(SpanFields, Debug)]
pub(crate) struct OldTask {
    /// Of a type that is fine.
    task_uuid: Uuid,
}

#[test]
fn the_structs_above_compile_and_work() {
    let task = Task::<Option<Uuid>>::default();
    assert_eq!((task.task_uuid(), task.priority()), (None, Some(0)));
}
