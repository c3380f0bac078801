#[derive(SpanFields)]
struct Handler(#[span(handler_name, task_name)] &'static str, #[span(step_uuid)] Uuid);

// expands to

#[automatically_derived]
impl ::tasker_span_runtime::SpanFields for Handler {
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasHandlerName for Handler {
    #[inline]
    fn handler_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        <&'static str as ::tasker_span_runtime::AsText>::as_text(&self.0)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasTaskName for Handler {
    #[inline]
    fn task_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        <&'static str as ::tasker_span_runtime::AsText>::as_text(&self.0)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasStepUuid for Handler {
    #[inline]
    fn step_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        <Uuid as ::tasker_span_runtime::AsUuid>::as_uuid(&self.1)
    }
}
