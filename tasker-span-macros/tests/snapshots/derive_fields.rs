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
        <Uuid as P::ImplicitUuid>::implicit_uuid(&self.task_uuid)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasParentCorrelationId for Task {
    #[inline]
    fn parent_correlation_id(
        &self,
    ) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        <Option<Uuid> as P::ImplicitUuid>::implicit_uuid(&self.parent_correlation_id)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasPriority for Task {
    #[inline]
    fn priority(&self) -> ::core::option::Option<::core::primitive::i64> {
        <i32 as P::ImplicitInteger>::implicit_integer(&self.r#priority)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasNamespace for Task {
    #[inline]
    fn namespace(&self) -> ::core::option::Option<&::core::primitive::str> {
        <String as ::tasker_span_runtime::AsText>::as_text(&self.namespace_name)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasStartedAt for Task {
    #[inline]
    fn started_at(&self) -> ::core::option::Option<P::Timestamp> {
        <DateTime<
            Utc,
        > as ::tasker_span_runtime::AsTimestamp>::as_timestamp(&self.created_at)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskFields for Task {
    fn task_fields(&self) -> ::tasker_span_runtime::TaskFields<'_> {
        ::tasker_span_runtime::TaskFields {
            parent_correlation_id: ::tasker_span_runtime::HasParentCorrelationId::parent_correlation_id(
                self,
            ),
            priority: ::tasker_span_runtime::HasPriority::priority(self),
            namespace: ::tasker_span_runtime::HasNamespace::namespace(self),
            started_at: ::tasker_span_runtime::HasStartedAt::started_at(self),
            ..::core::default::Default::default()
        }
    }
}
