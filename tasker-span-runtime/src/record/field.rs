//! Values of `fields(…)`, the user's own attributes. Catalogue attributes are in `attributes`.

use std::borrow::Cow;
use std::fmt;

use super::field_value::FieldValue;
use super::stored::StoredFields;
use crate::outcome::{bounded, caught};

/// A value that a field records without `%` or `?`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a field",
    label = "expected text, a number, `bool`, a `Uuid`, or an `Option` of such a value",
    note = "write `%value` to record its `Display`, or `?value` to record its `Debug`"
)]
#[doc(hidden)]
pub trait AsField {
    fn as_field(&self) -> FieldValue;

    /// Keeps the value for an unsampled span, if that is cheap: without memory of its own, and without formatting.
    fn store(&self, stored: &mut StoredFields) {
        stored.skip();
    }
}

macro_rules! as_field {
    ($($type:ty: $this:ident => $value:expr $(, $stored:ident => $store:expr)?;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl AsField for $type {
            fn as_field(&self) -> FieldValue {
                let $this = self;
                $value
            }
            $(
                fn store(&self, $stored: &mut StoredFields) {
                    let $this = self;
                    $store
                }
            )?
        }
    )*};
}

as_field! {
    str: text => FieldValue::Text(text.to_owned()), stored => stored.text(text);
    String: text => FieldValue::Text(text.clone()), stored => stored.text(text);
    bool: value => FieldValue::Bool(*value), stored => stored.bool(*value);
    f64: value => FieldValue::Float(*value), stored => stored.float(*value);
    f32: value => FieldValue::Float(f64::from(*value)), stored => stored.float(f64::from(*value));
    uuid::Uuid: id => FieldValue::Displayed(id.hyphenated().to_string()), stored => stored.uuid(*id);
    tracing::field::Empty: _empty => FieldValue::Absent;
    fmt::Arguments<'_>: text => FieldValue::Displayed(text.to_string());
}

/// OTLP's integers are `i64`. A larger value is recorded as its decimal digits.
macro_rules! integers {
    ($($integer:ty)*) => { as_field! {$(
        $integer: value => match i64::try_from(*value) {
            Ok(integer) => FieldValue::Integer(integer),
            Err(_) => FieldValue::Displayed(value.to_string()),
        }, stored => match i64::try_from(*value) {
            Ok(integer) => stored.integer(integer),
            Err(_) => stored.digits(value),
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

            fn store(&self, stored: &mut StoredFields) {
                (**self).store(stored);
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

    fn store(&self, stored: &mut StoredFields) {
        self.as_ref().store(stored);
    }
}

#[diagnostic::do_not_recommend]
impl<T: AsField> AsField for Option<T> {
    fn as_field(&self) -> FieldValue {
        self.as_ref().map_or(FieldValue::Absent, AsField::as_field)
    }

    fn store(&self, stored: &mut StoredFields) {
        match self {
            Some(value) => value.store(stored),
            None => stored.skip(),
        }
    }
}

/// A field as `Start::show` takes it: a sampled span has the value, an unsampled one may store it.
#[doc(hidden)]
pub trait Show {
    fn value(self) -> FieldValue;
    fn store(self, stored: &mut StoredFields);
}

impl Show for FieldValue {
    fn value(self) -> FieldValue {
        self
    }

    fn store(self, stored: &mut StoredFields) {
        stored.skip();
    }
}

/// A field that is read if it is needed.
#[derive(Debug)]
#[doc(hidden)]
pub struct Field<'a, T: ?Sized>(&'a T);

impl<T: AsField + ?Sized> Show for Field<'_, T> {
    fn value(self) -> FieldValue {
        caught(|| self.0.as_field()).unwrap_or(FieldValue::Absent)
    }

    fn store(self, stored: &mut StoredFields) {
        self.0.store(stored);
    }
}

/// `name = value`.
#[doc(hidden)]
pub fn field<T: AsField + ?Sized>(value: &T) -> Field<'_, T> {
    Field(value)
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
