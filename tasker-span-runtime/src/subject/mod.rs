//! `SpanFields`: the types that spans read attributes from. The traits of the attributes are in
//! `has`.

mod has;
#[doc(hidden)]
pub(crate) mod state;
mod step_fields;
mod task_fields;
#[cfg(any(feature = "chrono", feature = "time"))]
mod timestamp;
pub(crate) mod value;

use std::rc::Rc;
use std::sync::{Arc, MutexGuard, RwLockReadGuard, RwLockWriteGuard};

pub use has::*;
pub use step_fields::StepFields;
pub use task_fields::{HasTaskFields, TaskFields};
pub use value::{AsInteger, AsText, AsTimestamp, AsUuid};

/// Implements [`SpanFields`](trait@SpanFields) and the trait of each attribute that the struct
/// supplies.
///
/// A field with the name of an attribute supplies the attribute. `#[span(…)]` says more. Other
/// fields are never read.
///
/// ```
/// use tasker_span_runtime::{HasCorrelationId, HasNamespace, HasTaskUuid, SpanFields, Uuid};
///
/// #[derive(SpanFields)]
/// struct Task {
///     task_uuid: Uuid,
///     correlation_id: Uuid,
///     parent_correlation_id: Option<Uuid>,
///     #[span(namespace)]
///     namespace_name: String,
///     #[span(started_at)]
///     created_at: std::time::SystemTime,
///     context: Vec<u8>,
/// }
///
/// #[derive(SpanFields)]
/// #[span(namespace = self.queue.trim_start_matches("worker_"))]
/// struct Message {
///     #[span(nested(task_uuid, correlation_id, parent_correlation_id))]
///     task: Option<Box<Task>>,
///     #[span(step_uuid)]
///     workflow_step_uuid: Uuid,
///     queue: String,
/// }
///
/// # let id = Uuid::from_u128(7);
/// # let task = Task {
/// #     task_uuid: id,
/// #     correlation_id: id,
/// #     parent_correlation_id: None,
/// #     namespace_name: "payments".into(),
/// #     created_at: std::time::SystemTime::now(),
/// #     context: Vec::new(),
/// # };
/// # let message = Message { task: Some(Box::new(task)), workflow_step_uuid: id, queue: "worker_payments".into() };
/// assert_eq!(message.task_uuid(), message.task.as_ref().and_then(|task| task.task_uuid()));
/// assert_eq!(message.namespace(), Some("payments"));
/// ```
///
/// # On a field
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[span(namespace)]` | supplies this attribute, or several of them |
/// | `#[span(started_at)]` | holds the time that the task started at, which is the start of its root span |
/// | `#[span(nested(task_uuid, …))]` | the field's own type, or the type that it points to, supplies these |
/// | `#[span(skip)]` | supplies nothing, although it has the name of an attribute |
///
/// Without `#[span(…)]`, a field supplies the [attribute](crate::catalogue::Attribute) of its name.
/// States are the exception: they belong to a transition. The field's type implements
/// [`AsUuid`](crate::AsUuid), [`AsText`](crate::AsText), [`AsInteger`](crate::AsInteger) or
/// [`AsTimestamp`](crate::AsTimestamp). For a type parameter of the struct, the bound is added to
/// the implementation.
///
/// # On the struct
///
/// | attribute | meaning |
/// | --- | --- |
/// | `#[span(namespace = self.meta.namespace())]` | computes this attribute; a text is lent by `self` |
/// | `#[span(crate = path)]` | the path of this crate, if it is renamed or re-exported |
///
/// An attribute with two sources is an error. Enums have no derive: implement
/// [`SpanFields`](trait@SpanFields) for them by hand, with the subject of each variant.
pub use tasker_span_macros::SpanFields;

/// A subject of spans: a type whose values say which task or step a span is about.
///
/// [Derive](derive@SpanFields) it. For a type that cannot be annotated, implement this trait by
/// hand, and the trait of each attribute:
///
/// ```
/// use tasker_span_runtime::{HasCorrelationId, HasTaskUuid, SpanFields, Uuid};
///
/// # mod legacy { pub struct Row { pub id: u128, pub request: u128 } }
/// struct LegacyTask(legacy::Row);
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
///         Some(Uuid::from_u128(self.0.id))
///     }
/// }
///
/// impl HasCorrelationId for LegacyTask {
///     fn correlation_id(&self) -> Option<Uuid> {
///         Some(Uuid::from_u128(self.0.request))
///     }
/// }
/// ```
///
/// A wrapper or an enum points at the subject inside it. References, smart pointers, guards and
/// `Option` do so already.
///
/// ```
/// use tasker_span_runtime::SpanFields;
/// # #[derive(SpanFields)]
/// # struct Task { namespace: String }
///
/// enum Message {
///     Created(Task),
///     Retried { task: Task, attempt: u32 },
///     Shutdown,
/// }
///
/// impl SpanFields for Message {
///     type Source = Task;
///     fn span_source(&self) -> Option<&Task> {
///         match self {
///             Self::Created(task) | Self::Retried { task, .. } => Some(task),
///             Self::Shutdown => None,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no source of span attributes: it does not implement `SpanFields`",
    label = "does not implement `SpanFields`",
    note = "derive it if the type, or the type behind a pointer or `Option`, is yours: `#[derive(SpanFields)]`",
    note = "or name the values in the function's macro: `task_uuid = …, correlation_id = …`"
)]
pub trait SpanFields {
    /// The type that carries the attributes: `Self`, or the type that `Self` wraps.
    type Source: ?Sized;

    /// The subject, if there is a subject.
    fn span_source(&self) -> Option<&Self::Source>;

    /// What the subject knows of its step beside the required attributes, for a function that takes subjects of any type:
    /// [`record_lost_attempt`](crate::record_lost_attempt). It is asked of the [source](Self::Source). The derive lists what the
    /// type supplies; by hand, list what it has.
    ///
    /// ```
    /// use tasker_span_runtime::SpanFields;
    ///
    /// #[derive(SpanFields)]
    /// struct Step {
    ///     attempt_number: u32,
    ///     #[span(generation)]
    ///     resets: u32,
    /// }
    ///
    /// let fields = Step { attempt_number: 1, resets: 2 }.step_fields();
    /// assert_eq!((fields.generation, fields.continuation), (Some(2), None));
    /// ```
    fn step_fields(&self) -> StepFields<'_> {
        StepFields::default()
    }
}

macro_rules! look_through {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: SpanFields + ?Sized> SpanFields for $pointer {
            type Source = T::Source;

            fn span_source(&self) -> Option<&T::Source> {
                (**self).span_source()
            }
        }
    )*};
}

look_through! { &T, &mut T, Box<T>, Rc<T>, Arc<T>, MutexGuard<'_, T>, RwLockReadGuard<'_, T>, RwLockWriteGuard<'_, T> }

#[diagnostic::do_not_recommend]
impl<T: SpanFields> SpanFields for Option<T> {
    type Source = T::Source;

    fn span_source(&self) -> Option<&T::Source> {
        self.as_ref()?.span_source()
    }
}
