//! How an expansion reads the outcome of a returned value of any type. `ending` collects it.

use std::any::type_name;
use std::fmt::{self, Display};

use crate::outcome::{Failure, Outcome, bounded};
use crate::span::Ending;

/// A returned value, seen by its type's most telling view.
///
/// A method call on `&&&Returned` takes the first of the traits below whose bound holds, without
/// specialization: an [`Outcome`], then any `Result`, then any type. The methods' names begin with
/// underscores, because a program may have a trait of its own for every type.
#[derive(Debug)]
pub struct Returned<'a, T: ?Sized>(pub &'a T);

/// The traits of all views, for a glob import.
pub mod views {
    pub use super::{
        ErrOfAnything as _, ErrOfResult as _, OkOfAnything as _, OkOfResult as _, ViaAnything as _, ViaOutcome as _,
        ViaResult as _,
    };
}

/// First choice: the type has an outcome of its own.
pub trait ViaOutcome {
    fn __failure(&self) -> Option<Failure>;
}

impl<T: Outcome + ?Sized> ViaOutcome for &&Returned<'_, T> {
    fn __failure(&self) -> Option<Failure> {
        self.0.failure()
    }
}

/// Second choice: a `Result` whose error cannot be displayed.
pub trait ViaResult {
    fn __failure(&self) -> Option<Failure>;
}

impl<T, E> ViaResult for &Returned<'_, Result<T, E>> {
    fn __failure(&self) -> Option<Failure> {
        type_failure(self.0)
    }
}

/// Last choice: a value of a type that cannot fail.
pub trait ViaAnything {
    fn __failure(&self) -> Option<Failure> {
        None
    }
}

impl<T: ?Sized> ViaAnything for Returned<'_, T> {}

/// The error of a `Result`, which may be an [`Outcome`] that names its own type.
pub trait ErrOfResult<'a> {
    type Error: ?Sized;
    fn __err(&self) -> Option<&'a Self::Error>;
}

impl<'a, T, E> ErrOfResult<'a> for &Returned<'a, Result<T, E>> {
    type Error = E;
    fn __err(&self) -> Option<&'a E> {
        self.0.as_ref().err()
    }
}

pub trait ErrOfAnything<'a> {
    fn __err(&self) -> Option<&'a ()> {
        None
    }
}

impl<'a, T: ?Sized> ErrOfAnything<'a> for Returned<'a, T> {}

/// The value of success: the value inside `Ok`, or the returned value itself.
pub trait OkOfResult<'a> {
    type Value: ?Sized;
    fn __ok(&self) -> Option<&'a Self::Value>;
}

impl<'a, T, E> OkOfResult<'a> for &Returned<'a, Result<T, E>> {
    type Value = T;
    fn __ok(&self) -> Option<&'a T> {
        self.0.as_ref().ok()
    }
}

pub trait OkOfAnything<'a> {
    type Value: ?Sized;
    fn __ok(&self) -> Option<&'a Self::Value>;
}

impl<'a, T: ?Sized> OkOfAnything<'a> for Returned<'a, T> {
    type Value = T;
    fn __ok(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

/// Bound of `err(…)`.
#[diagnostic::on_unimplemented(
    message = "`err` describes the error of a `Result`, and `{Self}` is no `Result`",
    label = "the function returns no `Result`",
    note = "`failed = |returned| …` decides about a value of any type"
)]
pub trait Fallible {
    type Error;
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// `err(Display)`.
pub fn display_failure<R: Fallible<Error: Display>>(returned: &R) -> Option<Failure> {
    let error = returned.error()?;
    Some(Failure::of::<R::Error>().described(bounded(error)))
}

/// `err(Debug)`.
pub fn debug_failure<R: Fallible<Error: fmt::Debug>>(returned: &R) -> Option<Failure> {
    let error = returned.error()?;
    Some(Failure::of::<R::Error>().described(bounded(&format_args!("{error:?}"))))
}

/// `err(type)`.
pub fn type_failure<R: Fallible>(returned: &R) -> Option<Failure> {
    returned.error().map(|_| Failure::of::<R::Error>())
}

/// A value that the closure of `failed = |returned| …` may return.
#[diagnostic::on_unimplemented(
    message = "`failed` cannot decide by a `{Self}`",
    label = "expected `bool`, or `Option` of a displayable reason or of a `Failure`",
    note = "`failed = |r| !r.success` or `failed = |r| r.error.as_ref()`"
)]
pub trait IntoFailure {
    /// The failure, with `error_type` as the type of a failure that names none.
    fn into_failure(self, error_type: &'static str) -> Option<Failure>;
}

impl IntoFailure for bool {
    fn into_failure(self, error_type: &'static str) -> Option<Failure> {
        self.then(|| Failure::new(error_type))
    }
}

impl<D: Display> IntoFailure for Option<D> {
    fn into_failure(self, error_type: &'static str) -> Option<Failure> {
        self.map(|reason| Failure::new(error_type).with_description(reason))
    }
}

impl IntoFailure for Option<Failure> {
    fn into_failure(self, _error_type: &'static str) -> Option<Failure> {
        self
    }
}

/// `failed = test`.
pub fn failed<'a, T: ?Sized, F: IntoFailure>(returned: &'a T, test: impl FnOnce(&'a T) -> F) -> Option<Failure> {
    test(returned).into_failure(type_name::<T>())
}

/// The outcome of a returned value: the failure that its error names, else its own failure, else that of
/// the value inside `Ok`.
#[inline]
pub fn judge<E: ?Sized, V: ?Sized>(
    ending: &mut Ending,
    error: Option<&E>,
    of_error: impl FnOnce(&E) -> Option<Failure>,
    of_returned: impl FnOnce() -> Option<Failure>,
    value: Option<&V>,
    of_value: impl FnOnce(&V) -> Option<Failure>,
) {
    let failure = error.and_then(of_error).or_else(of_returned);
    ending.outcome(failure.or_else(|| value.and_then(of_value)));
}

/// Reads the outcome of the returned value.
#[doc(hidden)]
#[macro_export]
macro_rules! __observe {
    ($ending:expr, $returned:expr) => {{
        use $crate::__private::views::*;
        $crate::__private::judge(
            $ending,
            (&&$crate::__private::Returned($returned)).__err(),
            |error| (&&&$crate::__private::Returned(error)).__failure(),
            || (&&&$crate::__private::Returned($returned)).__failure(),
            (&&$crate::__private::Returned($returned)).__ok(),
            |value| (&&&$crate::__private::Returned(value)).__failure(),
        );
    }};
}

/// The value of success.
#[doc(hidden)]
#[macro_export]
macro_rules! __ok {
    ($returned:expr) => {{
        use $crate::__private::views::*;
        (&&$crate::__private::Returned($returned)).__ok()
    }};
}
