//! What `#[derive(SpanFields)]` calls: conversions with the field's type in the turbofish, where rustc reports a type that
//! does not fit. A method call would not show the traits' messages, and functions from a `macro_rules` macro would add the
//! macro's lines to each of them.

#![allow(missing_docs, reason = "called by expansions only")]

pub use std::time::SystemTime as Timestamp;

use uuid::Uuid;

use crate::fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId,
    HasPriority, HasStartedAt, HasStepUuid, HasTaskName, HasTaskUuid, SpanFields,
};
use crate::value::{AsInteger, AsText, AsTimestamp, AsUuid};

// Fields that are marked with an attribute.

#[inline]
pub fn as_uuid<T: AsUuid + ?Sized>(field: &T) -> Option<Uuid> {
    field.as_uuid()
}

#[inline]
pub fn as_text<T: AsText + ?Sized>(field: &T) -> Option<&str> {
    field.as_text()
}

#[inline]
pub fn as_integer<T: AsInteger + ?Sized>(field: &T) -> Option<i64> {
    field.as_integer()
}

#[inline]
pub fn as_timestamp<T: AsTimestamp + ?Sized>(field: &T) -> Option<Timestamp> {
    field.as_timestamp()
}

// Fields that are read because of their name: whoever did not mark one may not want it read.

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a UUID",
    label = "the field is read because of its name",
    note = "it may be a `Uuid`, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsUuid`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitUuid: AsUuid {}

#[diagnostic::do_not_recommend]
impl<T: AsUuid + ?Sized> ImplicitUuid for T {}

#[inline]
pub fn implicit_uuid<T: ImplicitUuid + ?Sized>(field: &T) -> Option<Uuid> {
    field.as_uuid()
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "the field is read because of its name",
    note = "it may be a `String`, `&str`, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsText`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitText: AsText {}

#[diagnostic::do_not_recommend]
impl<T: AsText + ?Sized> ImplicitText for T {}

#[inline]
pub fn implicit_text<T: ImplicitText + ?Sized>(field: &T) -> Option<&str> {
    field.as_text()
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "the field is read because of its name",
    note = "it may be any integer, an `Option` of one, or a type of your own that implements `tasker_span_runtime::AsInteger`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitInteger: AsInteger {}

#[diagnostic::do_not_recommend]
impl<T: AsInteger + ?Sized> ImplicitInteger for T {}

#[inline]
pub fn implicit_integer<T: ImplicitInteger + ?Sized>(field: &T) -> Option<i64> {
    field.as_integer()
}

// Texts that are computed from a struct's fields, and so are lent by them.

/// About `T` as a parameter: in a bound on `T` itself, rustc would offer to borrow a text that is made on the spot.
#[diagnostic::on_unimplemented(
    message = "`{T}` is not a borrowed text",
    label = "expected `&str`, a reference to another text, or an `Option` of one",
    note = "a text that is made on the spot ends with the call: keep it in a field, and lend it from there"
)]
pub trait Lends<'a, T> {
    fn lend(value: T) -> Option<&'a str>;
}

#[derive(Debug)]
pub enum Lender {}

#[diagnostic::do_not_recommend]
impl<'a, T: AsText + ?Sized> Lends<'a, &'a T> for Lender {
    fn lend(value: &'a T) -> Option<&'a str> {
        value.as_text()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T: AsText + ?Sized> Lends<'a, Option<&'a T>> for Lender {
    fn lend(value: Option<&'a T>) -> Option<&'a str> {
        value?.as_text()
    }
}

#[inline]
pub fn borrowed_text<'a, T>(value: T) -> Option<&'a str>
where
    Lender: Lends<'a, T>,
{
    Lender::lend(value)
}

// Attributes of the subject inside a field.

#[inline]
pub fn nested_correlation_id<T: SpanFields<Source: HasCorrelationId> + ?Sized>(field: &T) -> Option<Uuid> {
    field.span_source()?.correlation_id()
}

#[inline]
pub fn nested_task_uuid<T: SpanFields<Source: HasTaskUuid> + ?Sized>(field: &T) -> Option<Uuid> {
    field.span_source()?.task_uuid()
}

#[inline]
pub fn nested_step_uuid<T: SpanFields<Source: HasStepUuid> + ?Sized>(field: &T) -> Option<Uuid> {
    field.span_source()?.step_uuid()
}

#[inline]
pub fn nested_namespace<T: SpanFields<Source: HasNamespace> + ?Sized>(field: &T) -> Option<&str> {
    field.span_source()?.namespace()
}

#[inline]
pub fn nested_handler_name<T: SpanFields<Source: HasHandlerName> + ?Sized>(field: &T) -> Option<&str> {
    field.span_source()?.handler_name()
}

#[inline]
pub fn nested_parent_correlation_id<T: SpanFields<Source: HasParentCorrelationId> + ?Sized>(field: &T) -> Option<Uuid> {
    field.span_source()?.parent_correlation_id()
}

#[inline]
pub fn nested_task_name<T: SpanFields<Source: HasTaskName> + ?Sized>(field: &T) -> Option<&str> {
    field.span_source()?.task_name()
}

#[inline]
pub fn nested_priority<T: SpanFields<Source: HasPriority> + ?Sized>(field: &T) -> Option<i64> {
    field.span_source()?.priority()
}

#[inline]
pub fn nested_attempt_number<T: SpanFields<Source: HasAttemptNumber> + ?Sized>(field: &T) -> Option<i64> {
    field.span_source()?.attempt_number()
}

#[inline]
pub fn nested_max_attempts<T: SpanFields<Source: HasMaxAttempts> + ?Sized>(field: &T) -> Option<i64> {
    field.span_source()?.max_attempts()
}

#[inline]
pub fn nested_started_at<T: SpanFields<Source: HasStartedAt> + ?Sized>(field: &T) -> Option<Timestamp> {
    field.span_source()?.started_at()
}
