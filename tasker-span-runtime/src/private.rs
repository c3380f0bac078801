//! What the macros' expansions call. Not for use by hand: it changes with every version of the macros.

pub use tracing::callsite::{DefaultCallsite, Identifier};
pub use tracing::field::FieldSet;
pub use tracing::metadata::Kind as MetadataKind;
pub use tracing::{Level, Metadata};

pub use crate::catalogue::{Attribute, Family, markers};
pub use crate::derived::*;
pub use crate::ending::Ending;
pub use crate::field::{field, field_debug, field_display};
pub use crate::record::{Recorder, Subject, optional_attributes};
pub use crate::returned::{
    ErrOfAnything, ErrOfResult, OkOfAnything, OkOfResult, Returned, ViaAnything, ViaOutcome, ViaResult, debug_failure,
    display_failure, failed, type_failure,
};
pub use crate::site::{Callsite, Site};
pub use crate::start::{Deferred, Start};
pub use crate::supplies::{correlation_id, handler_name, namespace, step_uuid, subject, task_uuid};
pub use crate::{
    __late_ok as ok, __observe as observe, __optional as optional, __show as show, __site as site, __supply as supply,
};

use std::future::Future;
use std::time::SystemTime;

use compact_str::CompactString;
use uuid::Uuid;

use crate::attributes::name;
use crate::future::Traced;
use crate::link::{AsLink, Links};
use crate::outcome::caught;
use crate::scoped_span::{EnteredSpan, ScopedSpan};
use crate::state::AsState;
use crate::value::{AsInteger, AsText, AsTimestamp, AsUuid};

// Programs convert values of their own types: where one panics, the attribute is absent.

/// `task_uuid = value`.
#[inline]
pub fn uuid<T: AsUuid + ?Sized>(value: &T) -> Option<Uuid> {
    caught(|| value.as_uuid()).flatten()
}

/// `namespace = value`.
#[inline]
pub fn text<T: AsText + ?Sized>(value: &T) -> Option<CompactString> {
    caught(|| value.as_text()).flatten().map(name)
}

/// `priority = value`.
#[inline]
pub fn integer<T: AsInteger + ?Sized>(value: &T) -> Option<i64> {
    caught(|| value.as_integer()).flatten()
}

/// `to = value`.
#[inline]
pub fn state<T: AsState<Kind> + ?Sized, Kind>(value: &T) -> Option<CompactString> {
    caught(|| value.as_state())
}

/// `started_at = value`.
#[inline]
pub fn timestamp<T: AsTimestamp + ?Sized>(value: &T) -> Option<SystemTime> {
    caught(|| value.as_timestamp()).flatten()
}

/// `link = value`.
#[inline]
pub fn links<T: AsLink + ?Sized>(value: &T) -> Links {
    let mut links = Links::default();
    // Messages may come from anybody; what was added before a panic is kept.
    let _ = caught(|| value.add_to(&mut links));
    links
}

macro_rules! late {
    ($($late:ident $bound:path => $value:ty, $convert:path;)*) => {$(
        /// `late(attribute = |ok| …)`.
        #[inline]
        pub fn $late<'a, T: ?Sized, V: $bound>(ok: Option<&'a T>, read: impl FnOnce(&'a T) -> V) -> Option<$value> {
            $convert(&read(ok?))
        }
    )*};
}

late! {
    late_uuid AsUuid => Uuid, uuid;
    late_text AsText => CompactString, text;
    late_integer AsInteger => i64, integer;
}

/// `late(to_state = |ok| …)`.
#[inline]
pub fn late_state<'a, T: ?Sized, V: AsState<Kind>, Kind>(
    ok: Option<&'a T>,
    read: impl FnOnce(&'a T) -> V,
) -> Option<CompactString> {
    state(&read(ok?))
}

/// The body of a function without a result: it runs until the guard is dropped.
#[inline]
pub fn enter(span: ScopedSpan) -> EnteredSpan {
    span.enter()
}

/// The body of a synchronous function.
#[inline]
pub fn run<R>(span: ScopedSpan, body: impl FnOnce() -> R, observe: impl FnOnce(&R, &mut Ending)) -> R {
    span.run(body, observe)
}

/// The body of an asynchronous function.
#[inline]
pub fn instrument<F, O>(span: ScopedSpan, body: F, observe: O) -> Traced<F, O>
where
    F: Future,
    O: FnOnce(&F::Output, &mut Ending),
{
    Traced::new(span, body, observe)
}

/// The statics of one annotated function.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    (
        span: $span:expr,
        $(within: $within:expr,)?
        family: $family:ident,
        level: $level:ident,
        target: $target:expr,
        attributes: [$($attribute:ident),* $(,)?],
        late: [$($late:ident),* $(,)?],
        fields: [$($field:expr),* $(,)?],
        $(event: $event:expr,)?
    ) => {{
        // An item inside the function, whose path ends in this static's name.
        fn __inner() {}
        $crate::__callsite! {
            __SPAN, SPAN, $span, $level, $target,
            [
                $($crate::__private::Attribute::$attribute.name(),)*
                "otel.kind",
                $($field,)*
            ]
        }
        $crate::__private::Site::new(
            __SPAN,
            $crate::__option!($($within)?),
            $crate::__private::Family::$family,
            &[$($crate::__private::Attribute::$attribute),*],
            &[$($crate::__private::Attribute::$late),*],
            $crate::__option!($({
                $crate::__callsite! { __EVENT, EVENT, $event, $level, $target, ["return"] }
                __EVENT
            })?),
            || ::core::any::type_name_of_val(&__inner),
        )
    }};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __option {
    () => {
        ::core::option::Option::None
    };
    ($value:expr) => {
        ::core::option::Option::Some($value)
    };
}

/// A tracing callsite: what `tracing::span!` builds, but in absolute paths, for crates without a prelude.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    ($name:ident, $kind:ident, $text:expr, $level:ident, $target:expr, [$($field:expr),* $(,)?]) => {
        const $name: $crate::__private::Callsite = {
            static __METADATA: $crate::__private::Metadata<'static> = $crate::__private::Metadata::new(
                $text,
                $target,
                $crate::__private::Level::$level,
                ::core::option::Option::Some(::core::file!()),
                ::core::option::Option::Some(::core::line!()),
                ::core::option::Option::Some(::core::module_path!()),
                $crate::__private::FieldSet::new(
                    &[$($field),*],
                    $crate::__private::Identifier(&__CALLSITE),
                ),
                $crate::__private::MetadataKind::$kind,
            );
            static __CALLSITE: $crate::__private::DefaultCallsite = $crate::__private::DefaultCallsite::new(&__METADATA);
            $crate::__private::Callsite { name: $text, callsite: &__CALLSITE, metadata: &__METADATA }
        };
    };
}

/// Reads the outcome from what a function returned, by the most telling view that its type allows.
#[doc(hidden)]
#[macro_export]
macro_rules! __observe {
    ($ending:expr, $returned:expr) => {{
        use $crate::__private::{
            ErrOfAnything as _, ErrOfResult as _, OkOfAnything as _, OkOfResult as _, ViaAnything as _,
            ViaOutcome as _, ViaResult as _,
        };
        // An error may name its own failure, and so may a value that came back in `Ok`.
        let of_error = (&&$crate::__private::Returned($returned))
            .__err()
            .and_then(|error| (&&&$crate::__private::Returned(error)).__failure());
        let of_type = || (&&&$crate::__private::Returned($returned)).__failure();
        let of_value = || {
            (&&$crate::__private::Returned($returned))
                .__ok()
                .and_then(|value| (&&&$crate::__private::Returned(value)).__failure())
        };
        $ending.outcome(of_error.or_else(of_type).or_else(of_value))
    }};
}

/// The value of success.
#[doc(hidden)]
#[macro_export]
macro_rules! __late_ok {
    ($returned:expr) => {{
        use $crate::__private::{OkOfAnything as _, OkOfResult as _};
        (&&$crate::__private::Returned($returned)).__ok()
    }};
}

/// Takes over the attributes that a span requires of its subject, then those that the subject may have.
///
/// A `match` keeps what the subject borrows from alive, such as a lock's guard, and no longer than needed. A span of the
/// user's own is declared by its `enum`, for the compiler to name it where the subject lacks something; the subject
/// stands outside of that, as its type may have the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! __supply {
    ($start:ident, $local:ident = $subject:expr, $argument:expr, enum $span:ident $required:tt $optional:tt) => {
        $crate::__supply! { $start, $local = $subject, $argument, (enum $span {}) ($span) $required $optional }
    };
    ($start:ident, $local:ident = $subject:expr, $argument:expr, $span:ident $required:tt $optional:tt) => {
        $crate::__supply! {
            $start, $local = $subject, $argument, () ($crate::__private::markers::$span) $required $optional
        }
    };
    (
        $start:ident,
        $local:ident = $subject:expr,
        $argument:expr,
        ($($marker:item)?) ($span:path) [$($required:ident)*] [$($optional:ident)*]
    ) => {
        match ($subject,) {
            $local => {
                $($marker)?
                $($crate::__private::Start::$required(&mut $start, $crate::__private::$required::<$span>($argument));)*
                $crate::__optional!($start, $argument, $($optional)*);
            }
        }
    };
}

/// Reads what only a kept span shows.
#[doc(hidden)]
#[macro_export]
macro_rules! __show {
    ($start:ident, $($value:expr),*) => {
        if $crate::__private::Start::is_kept(&mut $start) {
            $($crate::__private::Start::show(&mut $start, $value);)*
        }
    };
}

/// Takes over the attributes that a subject may have.
#[doc(hidden)]
#[macro_export]
macro_rules! __optional {
    ($start:expr, $subject:expr,) => {};
    ($start:expr, $subject:expr, $($attribute:ident)*) => {{
        $({
            use $crate::__private::optional_attributes::$attribute::{Absent as _, Present as _};
            (&mut $start).$attribute((&&$crate::__private::Subject($subject)).__value());
        })*
    }};
}
