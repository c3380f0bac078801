//! What an attribute's value can be read from.
//!
//! One small trait for each kind of value. `Option`s count as absent when they are `None`; references and smart pointers
//! are looked through. Implement a trait for your own newtype to make it a source:
//!
//! ```
//! use tasker_span_runtime::{AsUuid, Uuid};
//!
//! struct TaskId(Uuid);
//!
//! impl AsUuid for TaskId {
//!     fn as_uuid(&self) -> Option<Uuid> {
//!         Some(self.0)
//!     }
//! }
//! ```

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::SystemTime;

use uuid::Uuid;

/// A source of an id: `correlation_id`, `task_uuid`, `step_uuid`, `parent_correlation_id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a UUID",
    label = "expected `Uuid`, `&Uuid` or `Option<Uuid>`",
    note = "text is parsed where it enters the program: `Uuid::parse_str(&text).ok()`",
    note = "a newtype of your own implements `tasker_span_runtime::AsUuid`"
)]
pub trait AsUuid {
    /// The id, where there is one.
    fn as_uuid(&self) -> Option<Uuid>;
}

/// A source of a text: `namespace`, `handler_name`, `task_name`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "expected `&str`, `String`, `Cow<str>`, `Arc<str>` or an `Option` of one of them",
    note = "a type of your own implements `tasker_span_runtime::AsText`"
)]
pub trait AsText {
    /// The text, where there is one.
    fn as_text(&self) -> Option<&str>;
}

/// A source of an integer: `priority`, `attempt_number`, `max_attempts`.
///
/// OTLP's integers are `i64`: larger values are recorded as `i64::MAX`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "expected an integer or an `Option` of one",
    note = "a type of your own implements `tasker_span_runtime::AsInteger`"
)]
pub trait AsInteger {
    /// The integer, where there is one.
    fn as_integer(&self) -> Option<i64>;
}

/// A source of a moment: `started_at`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a moment in time",
    label = "expected `SystemTime` or an `Option` of it",
    note = "the features `chrono` and `time` of `tasker-span-runtime` add those crates' types"
)]
pub trait AsTimestamp {
    /// The moment, where there is one.
    fn as_timestamp(&self) -> Option<SystemTime>;
}

impl AsUuid for Uuid {
    fn as_uuid(&self) -> Option<Uuid> {
        Some(*self)
    }
}

impl AsText for str {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl AsText for String {
    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

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
    )*};
}

integers! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

/// Looks through references, smart pointers and `Option`.
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

#[cfg(feature = "chrono")]
mod chrono_types {
    use super::{AsTimestamp, SystemTime};

    impl<Tz: chrono::TimeZone> AsTimestamp for chrono::DateTime<Tz> {
        fn as_timestamp(&self) -> Option<SystemTime> {
            let nanos = self.timestamp_subsec_nanos().min(999_999_999);
            from_unix(self.timestamp(), nanos)
        }
    }

    /// Without a zone, as `timestamp` columns of databases hold it: UTC.
    impl AsTimestamp for chrono::NaiveDateTime {
        fn as_timestamp(&self) -> Option<SystemTime> {
            self.and_utc().as_timestamp()
        }
    }

    use super::from_unix;
}

#[cfg(feature = "time")]
mod time_types {
    use super::{AsTimestamp, SystemTime, from_unix};

    impl AsTimestamp for time::OffsetDateTime {
        fn as_timestamp(&self) -> Option<SystemTime> {
            from_unix(self.unix_timestamp(), self.nanosecond())
        }
    }

    /// Without a zone, as `timestamp` columns of databases hold it: UTC.
    impl AsTimestamp for time::PrimitiveDateTime {
        fn as_timestamp(&self) -> Option<SystemTime> {
            self.assume_utc().as_timestamp()
        }
    }
}

/// Absent where the platform's clock cannot express the moment.
#[cfg(any(feature = "chrono", feature = "time"))]
fn from_unix(seconds: i64, nanos: u32) -> Option<SystemTime> {
    use std::time::Duration;
    let magnitude = Duration::from_secs(seconds.unsigned_abs());
    let whole = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(magnitude)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(magnitude)
    };
    whole?.checked_add(Duration::from_nanos(u64::from(nanos)))
}
