#[derive(SpanFields)]
#[span(crate = telemetry)]
struct Task<T>
where
    T: Copy,
{
    #[span(task_id)]
    id: T,
}

// expands to

::core::compile_error! {
    "`task_id` is no attribute of the catalogue, did you mean `task_uuid`?\na field takes `skip`, `nested(…)` or the attributes that it supplies"
}
#[automatically_derived]
impl<T> telemetry::SpanFields for Task<T>
where
    T: Copy,
{
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl<T> telemetry::HasCorrelationId for Task<T>
where
    T: Copy,
{
    #[inline]
    fn correlation_id(&self) -> ::core::option::Option<telemetry::Uuid> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasTaskUuid for Task<T>
where
    T: Copy,
{
    #[inline]
    fn task_uuid(&self) -> ::core::option::Option<telemetry::Uuid> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasStepUuid for Task<T>
where
    T: Copy,
{
    #[inline]
    fn step_uuid(&self) -> ::core::option::Option<telemetry::Uuid> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasNamespace for Task<T>
where
    T: Copy,
{
    #[inline]
    fn namespace(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasHandlerName for Task<T>
where
    T: Copy,
{
    #[inline]
    fn handler_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasParentCorrelationId for Task<T>
where
    T: Copy,
{
    #[inline]
    fn parent_correlation_id(&self) -> ::core::option::Option<telemetry::Uuid> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasTaskName for Task<T>
where
    T: Copy,
{
    #[inline]
    fn task_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasPriority for Task<T>
where
    T: Copy,
{
    #[inline]
    fn priority(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasStepName for Task<T>
where
    T: Copy,
{
    #[inline]
    fn step_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasAttemptNumber for Task<T>
where
    T: Copy,
{
    #[inline]
    fn attempt_number(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasMaxAttempts for Task<T>
where
    T: Copy,
{
    #[inline]
    fn max_attempts(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasGeneration for Task<T>
where
    T: Copy,
{
    #[inline]
    fn generation(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasContinuation for Task<T>
where
    T: Copy,
{
    #[inline]
    fn continuation(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasStartedAt for Task<T>
where
    T: Copy,
{
    #[inline]
    fn started_at(&self) -> ::core::option::Option<telemetry::__private::Timestamp> {
        ::core::option::Option::None
    }
}
#[automatically_derived]
impl<T> telemetry::HasTaskFields for Task<T>
where
    T: Copy,
{
    fn task_fields(&self) -> telemetry::TaskFields<'_> {
        telemetry::TaskFields {
            ..::core::default::Default::default()
        }
    }
}
