//! How an expansion reads the outcome from a value of any type.

use std::any::type_name;
use std::fmt::{self, Display};

use crate::outcome::{Failure, Outcome, bounded};

/// What a function returned, for the choice of the most telling view that its type allows.
///
/// A method call on `&&&Returned` picks the first of the traits below whose bound holds, without specialization: an
/// [`Outcome`], then any `Result`, then any type at all. Expansions call it through `observe!`. The methods' names are
/// ones that no trait of the user's has for every type.
#[derive(Debug)]
pub struct Returned<'a, T: ?Sized>(pub &'a T);

/// First choice: the type says it itself.
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

/// Last choice: nothing that could fail.
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

/// The value of success: what is inside `Ok`, or the returned value itself.
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

/// What `err(…)` describes the error of.
#[diagnostic::on_unimplemented(
    message = "`err` describes the error of a `Result`, and `{Self}` is none",
    label = "the function returns no `Result`",
    note = "`failed = |returned| …` judges a value of any type"
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

/// What the test of `failed = |r| …` may answer.
#[diagnostic::on_unimplemented(
    message = "`failed` cannot judge by a `{Self}`",
    label = "expected `bool`, or `Option` of a displayable reason or of a `Failure`",
    note = "`failed = |r| !r.success` or `failed = |r| r.error.as_ref()`"
)]
pub trait Verdict {
    /// The failure of a value of the type named `error_type`.
    fn into_failure(self, error_type: &'static str) -> Option<Failure>;
}

impl Verdict for bool {
    fn into_failure(self, error_type: &'static str) -> Option<Failure> {
        self.then(|| Failure::new(error_type))
    }
}

impl<D: Display> Verdict for Option<D> {
    fn into_failure(self, error_type: &'static str) -> Option<Failure> {
        self.map(|reason| Failure::new(error_type).with_description(reason))
    }
}

impl Verdict for Option<Failure> {
    fn into_failure(self, _error_type: &'static str) -> Option<Failure> {
        self
    }
}

/// `failed = test`.
pub fn failed<'a, T: ?Sized, V: Verdict>(returned: &'a T, test: impl FnOnce(&'a T) -> V) -> Option<Failure> {
    test(returned).into_failure(type_name::<T>())
}
