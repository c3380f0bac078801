//! `TaskFields`: what a subject may know of its task, for functions that take a subject which lacks some of it.

use std::time::SystemTime;

use uuid::Uuid;

use super::HasTaskUuid;

/// What a subject knows of its task beside the `task_uuid`. `None` is not known.
#[derive(Clone, Copy, Debug, Default)]
pub struct TaskFields<'a> {
    /// The id chosen by the task's caller.
    pub correlation_id: Option<Uuid>,
    /// The `correlation_id` of the task that created this task.
    pub parent_correlation_id: Option<Uuid>,
    /// The namespace of the task's workflow.
    pub namespace: Option<&'a str>,
    /// The name of the task's workflow.
    pub task_name: Option<&'a str>,
    /// The task's priority.
    pub priority: Option<i64>,
    /// When the task started.
    pub started_at: Option<SystemTime>,
}

/// A subject that supplies the `task_uuid`, and whatever else it knows of its task.
///
/// [`derive(SpanFields)`](derive@crate::SpanFields) implements it for each type that supplies a `task_uuid`. A type whose traits
/// are written by hand lists what it has:
///
/// ```
/// use tasker_span_runtime::{HasTaskFields, HasTaskUuid, SpanFields, TaskFields, Uuid};
///
/// struct LegacyTask(u128, String);
///
/// impl SpanFields for LegacyTask {
///     type Source = Self;
///     fn span_source(&self) -> Option<&Self> {
///         Some(self)
///     }
/// }
///
/// impl HasTaskUuid for LegacyTask {
///     fn task_uuid(&self) -> Option<Uuid> {
///         Some(Uuid::from_u128(self.0))
///     }
/// }
///
/// impl HasTaskFields for LegacyTask {
///     fn task_fields(&self) -> TaskFields<'_> {
///         TaskFields {
///             namespace: Some(&self.1),
///             ..TaskFields::default()
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell its task: it does not implement `HasTaskFields`",
    label = "does not implement `HasTaskFields`",
    note = "`#[derive(SpanFields)]` implements it, if a field is named `task_uuid`, or marked: `#[span(task_uuid)]`",
    note = "by hand: `impl HasTaskFields`, with what the type knows of its task"
)]
pub trait HasTaskFields: HasTaskUuid {
    /// What it knows.
    fn task_fields(&self) -> TaskFields<'_>;
}
