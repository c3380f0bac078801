//! The statics of an annotated function, in absolute paths, for crates without a prelude.

/// What is known of the span at compile time.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    (
        span: $span:expr,
        $(within: [$($within:expr),+],)?
        family: $family:ident,
        $(kind: $kind:ident,)?
        level: $level:ident,
        target: $target:expr,
        late: [$($late:ident),* $(,)?],
        $(before_task: $before_task:literal,)?
        $(unless_inherited: [$($inherited:ident),*],)?
        fields: [$($field:expr),* $(,)?],
        $(event: $event:expr,)?
    ) => {{
        $crate::__private::Site::new(
            $span,
            $crate::__callsite!($span, $level, $target, $crate::__fields!($span, $family, $($field),*), SPAN),
            &[$($($crate::__private::Place::within($within)),+)?],
            $crate::__private::Family::$family,
            &[$($crate::__private::Attribute::$late),*],
            $crate::__option!($($crate::__callsite!($event, $level, $target, &["return"], EVENT))?),
            $crate::__private::path_of(|| {}),
        )
        $(.kind_of_own($crate::__private::SpanKind::$kind))?
        $(.before_task($before_task))?
        $(.late_unless_inherited(&[$($crate::__private::Attribute::$inherited),*]))?
    }};
}

/// The names of the fields. Call sites without fields of the user's own share those of their span.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ($span:expr, $family:ident,) => {
        $crate::__private::attribute_names($span, $crate::__private::Family::$family)
    };
    ($span:expr, $family:ident, $($field:expr),+) => {{
        const __OWN: &[&::core::primitive::str] = &[$($field),+];
        const __COUNT: ::core::primitive::usize = __OWN.len() + $crate::__fields!($span, $family,).len();
        static __FIELDS: [&::core::primitive::str; __COUNT] =
            $crate::__private::field_names($crate::__fields!($span, $family,), __OWN);
        &__FIELDS
    }};
}

/// A call site of `tracing`.
#[doc(hidden)]
#[macro_export]
macro_rules! __callsite {
    ($name:expr, $level:ident, $target:expr, $fields:expr, $kind:ident) => {{
        static __CALLSITE: $crate::__private::DefaultCallsite = $crate::__private::DefaultCallsite::new(&__METADATA);
        static __METADATA: $crate::__private::Metadata<'static> = $crate::__private::metadata(
            $name,
            $target,
            $crate::__private::Level::$level,
            ::core::module_path!(),
            $fields,
            &__CALLSITE,
            $crate::__private::MetadataKind::$kind,
        );
        $crate::__private::Callsite::new(&__CALLSITE, &__METADATA)
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
