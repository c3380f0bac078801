//! What `#[derive(SpanFields)]` calls: conversions with the field's type in the turbofish, where rustc reports a type that
//! does not fit. A method call would not show the traits' messages.

pub use std::time::SystemTime;

use uuid::Uuid;

use crate::fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId, HasPriority,
    HasStartedAt, HasStepUuid, HasTaskName, HasTaskUuid, SpanFields,
};
use crate::value::{AsInteger, AsText, AsTimestamp, AsUuid};

macro_rules! marked {
    ($($function:ident $bound:ident $value:ty;)*) => {$(
        /// Reads a field that is marked with an attribute.
        #[doc(hidden)]
        #[inline]
        pub fn $function<T: $bound + ?Sized>(field: &T) -> Option<$value> {
            field.$function()
        }
    )*};
}

marked! {
    as_uuid AsUuid Uuid;
    as_text AsText &str;
    as_integer AsInteger i64;
    as_timestamp AsTimestamp SystemTime;
}

macro_rules! by_name {
    ($($function:ident $implicit:ident $bound:ident $method:ident $value:ty, $message:literal $expected:literal;)*) => {$(
        /// The same bound under another message: whoever did not mark the field may not want it read.
        #[doc(hidden)]
        #[diagnostic::on_unimplemented(
            message = $message,
            label = "the field is read because of its name",
            note = $expected,
            note = "a field that holds something else is left out: `#[span(skip)]`"
        )]
        pub trait $implicit: $bound {}

        #[diagnostic::do_not_recommend]
        impl<T: $bound + ?Sized> $implicit for T {}

        /// Reads a field that has an attribute's name.
        #[doc(hidden)]
        #[inline]
        pub fn $function<T: $implicit + ?Sized>(field: &T) -> Option<$value> {
            field.$method()
        }
    )*};
}

by_name! {
    implicit_uuid ImplicitUuid AsUuid as_uuid Uuid,
        "`{Self}` is not a UUID"
        "it may be a `Uuid`, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsUuid`";
    implicit_text ImplicitText AsText as_text &str,
        "`{Self}` is not a text"
        "it may be a `String`, `&str`, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsText`";
    implicit_integer ImplicitInteger AsInteger as_integer i64,
        "`{Self}` is not an integer"
        "it may be any integer, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsInteger`";
}

macro_rules! nested {
    ($($function:ident $has:ident $method:ident $value:ty;)*) => {$(
        /// Reads an attribute of the subject inside a field.
        #[doc(hidden)]
        #[inline]
        pub fn $function<T>(field: &T) -> Option<$value>
        where
            T: SpanFields + ?Sized,
            T::Source: $has,
        {
            field.span_source()?.$method()
        }
    )*};
}

nested! {
    nested_correlation_id HasCorrelationId correlation_id Uuid;
    nested_task_uuid HasTaskUuid task_uuid Uuid;
    nested_step_uuid HasStepUuid step_uuid Uuid;
    nested_namespace HasNamespace namespace &str;
    nested_handler_name HasHandlerName handler_name &str;
    nested_parent_correlation_id HasParentCorrelationId parent_correlation_id Uuid;
    nested_task_name HasTaskName task_name &str;
    nested_priority HasPriority priority i64;
    nested_attempt_number HasAttemptNumber attempt_number i64;
    nested_max_attempts HasMaxAttempts max_attempts i64;
    nested_started_at HasStartedAt started_at SystemTime;
}

/// A text that is computed from a struct's fields, and so is lent by them.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a borrowed text",
    label = "expected `&str`, a reference to another text, or an `Option` of one",
    note = "a text that is made on the spot ends with the call: keep it in a field, and lend it from there"
)]
pub trait BorrowedText<'a> {
    /// The text, where there is one.
    fn borrowed_text(self) -> Option<&'a str>;
}

impl<'a, T: AsText + ?Sized> BorrowedText<'a> for &'a T {
    fn borrowed_text(self) -> Option<&'a str> {
        self.as_text()
    }
}

impl<'a, T: AsText + ?Sized> BorrowedText<'a> for Option<&'a T> {
    fn borrowed_text(self) -> Option<&'a str> {
        self?.as_text()
    }
}

/// Reads a text that the struct computes.
#[doc(hidden)]
#[inline]
pub fn borrowed_text<'a, T: BorrowedText<'a>>(value: T) -> Option<&'a str> {
    value.borrowed_text()
}
