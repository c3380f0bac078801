#[derive(SpanFields)]
pub struct Task {
    pub task_uuid: Uuid,
    pub parent_correlation_id: Option<Uuid>,
    pub r#priority: i32,
    #[span(namespace)]
    pub namespace_name: String,
    #[span(started_at)]
    pub created_at: DateTime<Utc>,
    #[span(skip)]
    pub task_name: Payload,
    pub context: serde_json::Value,
}

// expands to

#[automatically_derived]
impl ::tasker_span_runtime::SpanFields for Task {
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskUuid for Task {
    #[inline]
    fn task_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        ::tasker_span_runtime::__private::implicit_uuid::<Uuid>(&self.task_uuid)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasParentCorrelationId for Task {
    #[inline]
    fn parent_correlation_id(
        &self,
    ) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        ::tasker_span_runtime::__private::implicit_uuid::<
            Option<Uuid>,
        >(&self.parent_correlation_id)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasPriority for Task {
    #[inline]
    fn priority(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::tasker_span_runtime::__private::implicit_integer::<i32>(&self.r#priority)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasNamespace for Task {
    #[inline]
    fn namespace(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::tasker_span_runtime::__private::as_text::<String>(&self.namespace_name)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasStartedAt for Task {
    #[inline]
    fn started_at(
        &self,
    ) -> ::core::option::Option<::tasker_span_runtime::__private::Timestamp> {
        ::tasker_span_runtime::__private::as_timestamp::<DateTime<Utc>>(&self.created_at)
    }
}
