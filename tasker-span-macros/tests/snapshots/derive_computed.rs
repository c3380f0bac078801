#[derive(SpanFields)]
#[span(
    namespace = self.meta.namespace(),
    handler_name = self.handler,
    priority = 2*self.urgency
)]
struct Message;

// expands to

#[automatically_derived]
impl ::tasker_span_runtime::SpanFields for Message {
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasNamespace for Message {
    #[inline]
    fn namespace(&self) -> ::core::option::Option<&::core::primitive::str> {
        P::borrowed_text(self.meta.namespace())
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasHandlerName for Message {
    #[inline]
    fn handler_name(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::tasker_span_runtime::AsText::as_text(&(self.handler))
    }
}
#[automatically_derived]
impl ::tasker_span_runtime::HasPriority for Message {
    #[inline]
    fn priority(&self) -> ::core::option::Option<::core::primitive::i64> {
        ::tasker_span_runtime::AsInteger::as_integer(&(2 * self.urgency))
    }
}
