//! A parameter called `task` or `step` that may be no subject: it is read if its type is one.

use super::requires::NoSubject;
use super::subject::subject;
use crate::subject::SpanFields;

/// Of a method call on `&&Candidate`, the compiler takes `IsSubject` if the type is a subject.
#[derive(Debug)]
pub struct Candidate<'a, T: ?Sized>(pub &'a T);

/// The traits of both, for a glob import.
pub mod candidates {
    pub use super::{IsNoSubject as _, IsSubject as _};
}

pub trait IsSubject<'a> {
    type Source: ?Sized;
    fn __subject(&self) -> Option<&'a Self::Source>;
}

impl<'a, T: SpanFields + ?Sized> IsSubject<'a> for &Candidate<'a, T> {
    type Source = T::Source;

    #[inline]
    fn __subject(&self) -> Option<&'a T::Source> {
        subject(self.0)
    }
}

pub trait IsNoSubject<'a> {
    #[inline]
    fn __subject(&self) -> Option<&'a NoSubject> {
        None
    }
}

impl<'a, T: ?Sized> IsNoSubject<'a> for Candidate<'a, T> {}

/// The subject behind a parameter, if its type has one.
#[doc(hidden)]
#[macro_export]
macro_rules! __candidate {
    ($parameter:expr) => {{
        use $crate::__private::candidates::*;
        (&&$crate::__private::Candidate($parameter)).__subject()
    }};
}
