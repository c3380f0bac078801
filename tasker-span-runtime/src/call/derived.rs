//! What `#[derive(SpanFields)]` calls besides the public traits. The traits' bounds are checked at
//! the field's type, where the compiler shows their messages.

pub use std::time::SystemTime as Timestamp;

use uuid::Uuid;

use crate::subject::SpanFields;
use crate::subject::value::{AsInteger, AsText, AsUuid};

/// The subject inside a field.
#[inline]
pub fn nested<T: SpanFields + ?Sized>(field: &T) -> Option<&T::Source> {
    field.span_source()
}

// Fields that are read because of their names. Their owner may not want them to be read.

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a UUID",
    label = "the field is read because of its name",
    note = "it may be a `Uuid`, an `Option` of a `Uuid`, or a type of your own that implements `tasker_span_runtime::AsUuid`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitUuid {
    fn implicit_uuid(&self) -> Option<Uuid>;
}

#[diagnostic::do_not_recommend]
impl<T: AsUuid + ?Sized> ImplicitUuid for T {
    #[inline]
    fn implicit_uuid(&self) -> Option<Uuid> {
        self.as_uuid()
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text",
    label = "the field is read because of its name",
    note = "it may be a `String`, a `&str`, an `Option` of them, or a type of your own that implements `tasker_span_runtime::AsText`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitText {
    fn implicit_text(&self) -> Option<&str>;
}

#[diagnostic::do_not_recommend]
impl<T: AsText + ?Sized> ImplicitText for T {
    #[inline]
    fn implicit_text(&self) -> Option<&str> {
        self.as_text()
    }
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an integer",
    label = "the field is read because of its name",
    note = "it may be any integer, an `Option` of an integer, or a type of your own that implements `tasker_span_runtime::AsInteger`",
    note = "a field that holds something else is left out: `#[span(skip)]`"
)]
pub trait ImplicitInteger {
    fn implicit_integer(&self) -> Option<i64>;
}

#[diagnostic::do_not_recommend]
impl<T: AsInteger + ?Sized> ImplicitInteger for T {
    #[inline]
    fn implicit_integer(&self) -> Option<i64> {
        self.as_integer()
    }
}

// Texts that are computed from a struct's fields, which must lend them.

/// A bound on `T` as a parameter. In a bound on `T` itself, rustc would suggest to borrow a
/// temporary text.
#[diagnostic::on_unimplemented(
    message = "`{T}` is not a borrowed text",
    label = "expected `&str`, a reference to another text, or an `Option` of such a reference",
    note = "a temporary text ends with the call: keep it in a field, and lend it from there"
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
