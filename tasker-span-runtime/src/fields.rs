//! What a type supplies to the spans about it: one small trait for each attribute.
//!
//! `#[derive(SpanFields)]` implements them. By hand, for a type that you cannot annotate:
//!
//! ```
//! use tasker_span_runtime::{HasCorrelationId, HasTaskUuid, SpanFields, Uuid};
//!
//! # mod legacy { pub struct Row { pub id: u128, pub request: u128 } }
//! struct LegacyTask(legacy::Row);
//!
//! impl SpanFields for LegacyTask {
//!     type Source = Self;
//!     fn span_source(&self) -> Option<&Self> {
//!         Some(self)
//!     }
//! }
//!
//! impl HasTaskUuid for LegacyTask {
//!     fn task_uuid(&self) -> Option<Uuid> {
//!         Some(Uuid::from_u128(self.0.id))
//!     }
//! }
//!
//! impl HasCorrelationId for LegacyTask {
//!     fn correlation_id(&self) -> Option<Uuid> {
//!         Some(Uuid::from_u128(self.0.request))
//!     }
//! }
//! ```

use std::rc::Rc;
use std::sync::{Arc, MutexGuard, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use uuid::Uuid;

/// A subject of spans: a type whose values say which task or step a span is about.
///
/// Derive it. A wrapper of your own may point at the subject inside it by `type Source = Inner`, as the implementations
/// for references, smart pointers, guards and `Option` do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no source of span attributes: it does not implement `SpanFields`",
    label = "does not implement `SpanFields`",
    note = "derive it where the type is yours: `#[derive(SpanFields)]`",
    note = "or name the values in the macro: `task_uuid = …, correlation_id = …`"
)]
pub trait SpanFields {
    /// The type that carries the attributes: `Self`, or the type that `Self` wraps.
    type Source: ?Sized;

    /// The subject, where there is one.
    fn span_source(&self) -> Option<&Self::Source>;
}

macro_rules! attribute_traits {
    ($($(#[$doc:meta])* $has:ident $method:ident $value:ty;)*) => {$(
        $(#[$doc])*
        pub trait $has: SpanFields<Source = Self> {
            /// The value, where there is one.
            fn $method(&self) -> Option<$value>;
        }
    )*};
}

attribute_traits! {
    /// Supplies `correlation_id`.
    HasCorrelationId correlation_id Uuid;
    /// Supplies `task_uuid`.
    HasTaskUuid task_uuid Uuid;
    /// Supplies `step_uuid`.
    HasStepUuid step_uuid Uuid;
    /// Supplies `namespace`.
    HasNamespace namespace &str;
    /// Supplies `handler_name`.
    HasHandlerName handler_name &str;
    /// Supplies `parent_correlation_id`.
    HasParentCorrelationId parent_correlation_id Uuid;
    /// Supplies `task_name`.
    HasTaskName task_name &str;
    /// Supplies `priority`.
    HasPriority priority i64;
    /// Supplies `attempt_number`: 1 for the first attempt.
    HasAttemptNumber attempt_number i64;
    /// Supplies `max_attempts`.
    HasMaxAttempts max_attempts i64;
    /// Supplies the moment at which the task began, from which its root span is dated.
    HasStartedAt started_at SystemTime;
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
