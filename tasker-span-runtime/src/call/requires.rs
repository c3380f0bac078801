//! The bounds on subjects: a trait for each attribute that a span requires, in a module for the
//! span. The compiler's message names the type, the attribute and the span.

use crate::catalogue::attributes::Collect;
use crate::catalogue::for_each_requirement;
use crate::span::Start;

use super::subject::read;

macro_rules! requirements {
    ($($span:ident { $($name:ident $has:ident, $message:literal $label:literal [$($note:literal)*];)* })*) => {$(
        #[allow(non_camel_case_types, reason = "named as the attributes are")]
        pub mod $span {
            use super::{Collect, Start, read};

            $(
                #[diagnostic::on_unimplemented(message = $message, label = $label, $(note = $note),*)]
                pub trait $name {
                    fn supply(subject: Option<&Self>, start: &mut Start);
                }

                #[diagnostic::do_not_recommend]
                impl<T: crate::$has + ?Sized> $name for T {
                    #[inline]
                    fn supply(subject: Option<&Self>, start: &mut Start) {
                        Collect::$name(start, read(subject, crate::$has::$name));
                    }
                }
            )*
        }
    )*};
}

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
                use $crate::__private::requires::$span::*;
                $($required::supply($argument, &mut $start);)*
                $crate::__optional!($start, $argument, $optional);
            }
        }
    };
}
