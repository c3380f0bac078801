#[derive(SpanFields)]
#[repr(C, packed)]
struct Row {
    task_uuid: Uuid,
    priority: u64,
}

// expands to

#[automatically_derived]
impl ::tasker_span_runtime::SpanFields for Row {
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskUuid for Row {
    #[inline]
    fn task_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        <Uuid as P::ImplicitUuid>::implicit_uuid(&{ self.task_uuid })
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasPriority for Row {
    #[inline]
    fn priority(&self) -> ::core::option::Option<::core::primitive::i64> {
        <u64 as P::ImplicitInteger>::implicit_integer(&{ self.priority })
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskFields for Row {
    fn task_fields(&self) -> ::tasker_span_runtime::TaskFields<'_> {
        ::tasker_span_runtime::TaskFields {
            priority: ::tasker_span_runtime::HasPriority::priority(self),
            ..::core::default::Default::default()
        }
    }
}
