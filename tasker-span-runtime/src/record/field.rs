//! Values of `fields(…)`, the user's own attributes. Catalogue attributes are in `attributes`.

use std::borrow::Cow;
use std::fmt;

use super::limits::Room;
use crate::outcome::{bounded, caught};

/// A field's value. It owns its text, so that the borrow of the source ends before the function's
/// body.
#[derive(Clone, Debug, PartialEq)]
#[doc(hidden)]
pub enum FieldValue {
    Absent,
    Text(String),
    /// The text of a value that is no text itself: a log line shows it without quotes.
    Displayed(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl FieldValue {
    /// Whether it is a text that may have more characters than that.
    pub(crate) fn is_longer_than(&self, limit: usize) -> bool {
        matches!(self, Self::Text(text) | Self::Displayed(text) if text.len() > limit)
    }

    /// Cuts a text to so many characters.
    pub(crate) fn cut(&mut self, limit: usize) {
        if let Self::Text(text) | Self::Displayed(text) = self {
            text.truncate(Room::of_chars(limit).part(text).len());
            text.shrink_to_fit();
        }
    }
}

/// A value that a field records without `%` or `?`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field",
    label = "expected text, a number, `bool`, a `Uuid`, or an `Option` of such a value",
    note = "write `%value` to record its `Display`, or `?value` to record its `Debug`"
)]
#[doc(hidden)]
pub trait AsField {
    fn as_field(&self) -> FieldValue;
}

macro_rules! as_field {
    ($($type:ty: $this:ident => $value:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsField for $type {
            fn as_field(&self) -> FieldValue {
                let $this = self;
                $value
            }
        }
    )*};
}

as_field! {
    str: text => FieldValue::Text(text.to_owned());
    String: text => FieldValue::Text(text.clone());
    bool: value => FieldValue::Bool(*value);
    f64: value => FieldValue::Float(*value);
    f32: value => FieldValue::Float(f64::from(*value));
    uuid::Uuid: id => FieldValue::Displayed(id.hyphenated().to_string());
    tracing::field::Empty: _empty => FieldValue::Absent;
    fmt::Arguments<'_>: text => FieldValue::Displayed(text.to_string());
}

/// OTLP's integers are `i64`. A larger value is recorded as its decimal digits.
macro_rules! integers {
    ($($integer:ty)*) => { as_field! {$(
        $integer: value => match i64::try_from(*value) {
            Ok(integer) => FieldValue::Integer(integer),
            Err(_) => FieldValue::Displayed(value.to_string()),
        };
    )*} };
}

integers! { i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize }

macro_rules! look_through {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: AsField + ?Sized> AsField for $pointer {
            fn as_field(&self) -> FieldValue {
                (**self).as_field()
            }
        }
    )*};
}

look_through! { &T, &mut T, Box<T>, std::rc::Rc<T>, std::sync::Arc<T> }

#[diagnostic::do_not_recommend]
impl<T: AsField + ToOwned + ?Sized> AsField for Cow<'_, T> {
    fn as_field(&self) -> FieldValue {
        self.as_ref().as_field()
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsField> AsField for Option<T> {
    fn as_field(&self) -> FieldValue {
        self.as_ref().map_or(FieldValue::Absent, AsField::as_field)
    }
}

/// `name = value`.
#[doc(hidden)]
pub fn field<T: AsField + ?Sized>(value: &T) -> FieldValue {
    caught(|| value.as_field()).unwrap_or(FieldValue::Absent)
}

/// `name = %value`.
#[doc(hidden)]
pub fn field_display<T: fmt::Display + ?Sized>(value: &T) -> FieldValue {
    FieldValue::Displayed(bounded(&format_args!("{value}")))
}

/// `name = ?value`.
#[doc(hidden)]
pub fn field_debug<T: fmt::Debug + ?Sized>(value: &T) -> FieldValue {
    FieldValue::Displayed(bounded(&format_args!("{value:?}")))
}
