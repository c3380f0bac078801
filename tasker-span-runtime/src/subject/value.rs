//! The types that an attribute's value is read from: a trait for each type of value. States are in
//! `state`.
//!
//! `None` is absent. Conversions never fail: a value that cannot be expressed is absent, or the
//! nearest value that can.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

/// A source of an id, such as `task_uuid`.
///
/// Implemented for [`Uuid`], and for references, `Box`, `Rc`, `Arc`, `Cow` and `Option` of a
/// source. Implement it for a newtype of your own:
///
/// ```
/// use tasker_span_runtime::{AsUuid, HasTaskUuid, SpanFields, Uuid};
///
/// struct TaskId(Uuid);
///
/// impl AsUuid for TaskId {
///     fn as_uuid(&self) -> Option<Uuid> {
///         Some(self.0)
///     }
/// }
///
/// #[derive(SpanFields)]
/// struct Task {
///     #[span(task_uuid)]
///     id: TaskId,
/// }
///
/// let id = Uuid::from_u128(7);
/// assert_eq!(Task { id: TaskId(id) }.task_uuid(), Some(id));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a UUID",
    label = "expected `Uuid`, `&Uuid` or `Option<Uuid>`",
    note = "text is parsed where it enters the program: `Uuid::parse_str(&text).ok()`",
    note = "a newtype of your own implements `tasker_span_runtime::AsUuid`"
)]
pub trait AsUuid {
    /// The id, if there is an id.
    fn as_uuid(&self) -> Option<Uuid>;
}

/// A source of a text, such as `namespace`.
///
/// Implemented for `str` and `String`, and for references, `Box`, `Rc`, `Arc`, `Cow` and `Option`
/// of a source. The text is borrowed, so a type of your own must contain it.
///
/// ```
/// use tasker_span_runtime::{AsText, HasNamespace, SpanFields};
///
/// enum Namespace {
///     Payments,
///     Other(String),
/// }
///
/// impl AsText for Namespace {
///     fn as_text(&self) -> Option<&str> {
///         Some(match self {
///             Self::Payments => "payments",
///             Self::Other(name) => name,
///         })
///     }
/// }
///
/// #[derive(SpanFields)]
/// struct Task {
///     namespace: Namespace,
/// }
///
/// assert_eq!(Task { namespace: Namespace::Payments }.namespace(), Some("payments"));
/// assert_eq!(Task { namespace: Namespace::Other("ops".into()) }.namespace(), Some("ops"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "expected `&str`, `String`, `Cow<str>`, `Arc<str>` or an `Option` of one of them",
    note = "a type of your own implements `tasker_span_runtime::AsText`"
)]
pub trait AsText {
    /// The text, if there is a text.
    fn as_text(&self) -> Option<&str>;
}

/// A source of an integer, such as `attempt_number`.
///
/// Implemented for every integer of up to 64 bits, for [`NonZero`], and for references, `Box`,
/// `Rc`, `Arc`, `Cow` and `Option` of a source. OTLP's integers are `i64`: larger values are
/// recorded as [`i64::MAX`].
///
/// ```
/// use tasker_span_runtime::{AsInteger, HasPriority, SpanFields};
///
/// #[derive(Clone, Copy)]
/// enum Priority {
///     Low = 1,
///     High = 9,
/// }
///
/// impl AsInteger for Priority {
///     fn as_integer(&self) -> Option<i64> {
///         Some(*self as i64)
///     }
/// }
///
/// #[derive(SpanFields)]
/// struct Task {
///     priority: Priority,
/// }
///
/// assert_eq!(Task { priority: Priority::High }.priority(), Some(9));
/// assert_eq!(u64::MAX.as_integer(), Some(i64::MAX));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "expected an integer or an `Option` of an integer",
    note = "a type of your own implements `tasker_span_runtime::AsInteger`"
)]
pub trait AsInteger {
    /// The integer, if there is an integer.
    fn as_integer(&self) -> Option<i64>;
}

/// A source of a point in time: `started_at`.
///
/// Implemented for [`SystemTime`], and for references, `Box`, `Rc`, `Arc`, `Cow` and `Option` of a
/// source. The feature `chrono` adds `DateTime` and `NaiveDateTime`, the feature `time` adds
/// `OffsetDateTime` and `PrimitiveDateTime`. A time without a zone counts as UTC, as in databases'
/// `timestamp` columns.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tasker_span_runtime::{AsTimestamp, HasStartedAt, SpanFields};
///
/// struct UnixMillis(u64);
///
/// impl AsTimestamp for UnixMillis {
///     fn as_timestamp(&self) -> Option<SystemTime> {
///         SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(self.0))
///     }
/// }
///
/// #[derive(SpanFields)]
/// struct Task {
///     #[span(started_at)]
///     created: UnixMillis,
/// }
///
/// let second = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
/// assert_eq!(Task { created: UnixMillis(1_000) }.started_at(), Some(second));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a point in time",
    label = "expected `SystemTime` or an `Option` of it",
    note = "the features `chrono` and `time` of `tasker-span-runtime` add those crates' types",
    note = "a type of your own implements `tasker_span_runtime::AsTimestamp`"
)]
pub trait AsTimestamp {
    /// The time, if there is a time.
    fn as_timestamp(&self) -> Option<SystemTime>;
}

#[diagnostic::do_not_recommend]
impl AsUuid for Uuid {
    fn as_uuid(&self) -> Option<Uuid> {
        Some(*self)
    }
}

#[diagnostic::do_not_recommend]
impl AsText for str {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl AsText for String {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

#[diagnostic::do_not_recommend]
impl AsTimestamp for SystemTime {
    fn as_timestamp(&self) -> Option<SystemTime> {
        Some(*self)
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsInteger for $integer {
            fn as_integer(&self) -> Option<i64> {
                Some(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }

        #[diagnostic::do_not_recommend]
        impl AsInteger for NonZero<$integer> {
            fn as_integer(&self) -> Option<i64> {
                self.get().as_integer()
            }
        }
    )*};
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

/// Implements the traits for references, smart pointers and `Option`.
macro_rules! look_through {
    ($($source:ident $method:ident $value:ty;)*) => {$(
        look_through! { @pointers $source $method $value; &T, &mut T, Box<T>, Rc<T>, Arc<T> }

        #[diagnostic::do_not_recommend]
        impl<T: $source + ToOwned + ?Sized> $source for Cow<'_, T> {
            fn $method(&self) -> Option<$value> {
                self.as_ref().$method()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<T: $source> $source for Option<T> {
            fn $method(&self) -> Option<$value> {
                self.as_ref()?.$method()
            }
        }
    )*};
    (@pointers $source:ident $method:ident $value:ty; $($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: $source + ?Sized> $source for $pointer {
            fn $method(&self) -> Option<$value> {
                (**self).$method()
            }
        }
    )*};
}

look_through! {
    AsUuid as_uuid Uuid;
    AsText as_text &str;
    AsInteger as_integer i64;
    AsTimestamp as_timestamp SystemTime;
}
