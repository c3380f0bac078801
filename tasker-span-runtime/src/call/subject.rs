//! Subjects: the value behind a reference, and the attributes that its type may lack. Required
//! attributes are in `requires`.

use std::time::SystemTime;

use uuid::Uuid;

use super::lacking;
use crate::catalogue::attributes::{Collect, Text, name};
use crate::catalogue::for_each_supply;
use crate::outcome::caught;
use crate::subject::SpanFields;

/// The subject behind a reference, a smart pointer or an `Option`.
#[inline]
pub fn subject<T: SpanFields + ?Sized>(value: &T) -> Option<&T::Source> {
    caught(|| value.span_source()).flatten()
}

/// A value that a subject lends, on its way into `Attributes`.
pub(super) trait Lent {
    type Stored;
    fn store(self) -> Self::Stored;
}

impl Lent for &str {
    type Stored = Text;

    fn store(self) -> Text {
        name(self)
    }
}

macro_rules! stored_as_lent {
    ($($value:ty)*) => {$(
        impl Lent for $value {
            type Stored = Self;

            fn store(self) -> Self {
                self
            }
        }
    )*};
}

stored_as_lent! { Uuid i64 SystemTime }

/// Reads an attribute of the subject. If the program's code panics, the attribute is absent.
#[inline]
pub(super) fn read<'a, T: ?Sized, V: Lent>(
    subject: Option<&'a T>,
    attribute: impl FnOnce(&'a T) -> Option<V>,
) -> Option<V::Stored> {
    let subject = subject?;
    caught(|| attribute(subject)).flatten().map(V::store)
}

/// A subject that may lack attributes: of a method call on `&&Subject`, the compiler takes
/// `Present` if the type has the attribute, else `Absent`.
#[derive(Debug)]
pub struct Subject<'a, T: ?Sized>(pub Option<&'a T>);

macro_rules! optional {
    ($($name:ident $if_present:ident $has:ident $lent:ty, $($text:literal)*;)*) => {
        /// The traits of all attributes, for a glob import. Their methods begin with underscores,
        /// because a program may have a trait of its own for every type.
        pub mod optional {
            $(
                pub use super::traits::$name::{Absent as _, Present as _};
            )*
        }

        mod traits {
            $(
                pub(super) mod $name {
                    use super::super::{Collect, Subject, lacking, read};

                    pub trait Present {
                        fn $if_present(&self, target: &mut impl Collect) -> lacking::Present;
                    }

                    impl<T: crate::$has + ?Sized> Present for &Subject<'_, T> {
                        #[inline]
                        fn $if_present(&self, target: &mut impl Collect) -> lacking::Present {
                            target.$name(read(self.0, crate::$has::$name));
                            lacking::Present
                        }
                    }

                    pub trait Absent {
                        #[inline]
                        fn $if_present(&self, _target: &mut impl Collect) -> lacking::$name {
                            lacking::$name
                        }
                    }

                    impl<T: ?Sized> Absent for Subject<'_, T> {}
                }
            )*
        }
    };
}

for_each_supply!(optional);

/// Takes the attributes that a subject may lack: all of a family, or those of the methods named.
#[doc(hidden)]
#[macro_export]
macro_rules! __optional {
    ($target:ident, $subject:expr, []) => {};
    ($target:ident, $subject:expr, [..$family:ident]) => {
        $crate::__optional_of_family! { $family $target, $subject }
    };
    ($target:ident, $subject:expr, [$($method:ident)*]) => {{
        use $crate::__private::optional::*;
        $((&&$crate::__private::Subject($subject)).$method(&mut $target);)*
    }};
}
