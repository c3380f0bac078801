#[derive(SpanFields)]
struct TaskForOrchestration {
    #[span(nested(task_uuid, correlation_id, started_at))]
    task: Option<Box<Task>>,
}

// expands to

#[automatically_derived]
impl ::tasker_span_runtime::SpanFields for TaskForOrchestration {
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskUuid for TaskForOrchestration {
    #[inline]
    fn task_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        ::tasker_span_runtime::HasTaskUuid::task_uuid(
            P::nested::<Option<Box<Task>>>(&self.task)?,
        )
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasCorrelationId for TaskForOrchestration {
    #[inline]
    fn correlation_id(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        ::tasker_span_runtime::HasCorrelationId::correlation_id(
            P::nested::<Option<Box<Task>>>(&self.task)?,
        )
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasStartedAt for TaskForOrchestration {
    #[inline]
    fn started_at(&self) -> ::core::option::Option<P::Timestamp> {
        ::tasker_span_runtime::HasStartedAt::started_at(
            P::nested::<Option<Box<Task>>>(&self.task)?,
        )
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskFields for TaskForOrchestration {
    fn task_fields(&self) -> ::tasker_span_runtime::TaskFields<'_> {
        ::tasker_span_runtime::TaskFields {
            correlation_id: ::tasker_span_runtime::HasCorrelationId::correlation_id(
                self,
            ),
            started_at: ::tasker_span_runtime::HasStartedAt::started_at(self),
            ..::core::default::Default::default()
        }
    }
}
