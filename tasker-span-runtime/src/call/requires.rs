//! The attributes that a span requires of a subject. If the subject's type lacks some of them, a
//! bound that no type meets has the compiler's message, which names all of them and the span.

use super::lacking::{self, Lacking};
use crate::catalogue::for_each_requirement;

macro_rules! requirements {
    ($($span:ident { $($bound:ident $lacking:tt $message:literal $label:literal [$($note:literal)*];)* })*) => {$(
        #[allow(non_camel_case_types, reason = "named as the attributes are")]
        pub mod $span {
            $(
                #[diagnostic::on_unimplemented(message = $message, label = $label, $(note = $note),*)]
                pub trait $bound {}

                // The compiler would say that the trait has no implementation.
                #[diagnostic::do_not_recommend]
                impl $bound for super::NoSubject {}
            )*
        }

        impl Lacking<()> {
            #[inline]
            pub fn $span<Subject: ?Sized>(self, _subject: Option<&Subject>) {}
        }

        $(
            impl Lacking<named!($lacking)> {
                pub fn $span<Subject: $span::$bound + ?Sized>(self, _subject: Option<&Subject>) {}
            }
        )*
    )*};
}

/// The list of these attributes: a single one is no tuple.
macro_rules! named {
    (($name:ident)) => { lacking::$name };
    (($($name:ident),*)) => { ($(lacking::$name),*) };
}

/// A type that no subject has.
#[derive(Debug)]
pub enum NoSubject {}

for_each_requirement!(requirements);

/// Asks a subject for the attributes that a span requires, then for those that it may lack.
///
/// The `match` keeps the owner of a borrowed subject alive, such as a lock's guard, and no longer
/// than needed.
#[doc(hidden)]
#[macro_export]
macro_rules! __supply {
    ($start:ident, $local:ident = $subject:expr, $argument:expr, $span:ident [$($required:ident)*] $optional:tt) => {
        match ($subject,) {
            $local => {
                use $crate::__private::optional::*;
                let __lacking = $crate::__private::lacking((
                    $((&&$crate::__private::Subject($argument)).$required(&mut $start),)*
                ));
                __lacking.$span($argument);
                $crate::__optional!($start, $argument, $optional);
            }
        }
    };
}
