#[derive(SpanFields)]
struct Envelope<'a, T: Send + ?Sized, U = Uuid, const N: usize = 3>
where
    U: Clone,
{
    #[span(nested(task_uuid))]
    task: &'a [Task; N],
    #[span(step_uuid)]
    id: Option<U>,
    #[span(nested(namespace))]
    inner: T,
}

// expands to

#[automatically_derived]
impl<'a, T: Send + ?Sized, U, const N: usize> ::tasker_span_runtime::SpanFields
for Envelope<'a, T, U, N>
where
    U: Clone,
{
    type Source = Self;
    #[inline]
    fn span_source(&self) -> ::core::option::Option<&Self> {
        ::core::option::Option::Some(self)
    }
}
#[automatically_derived]
impl<'a, T: Send + ?Sized, U, const N: usize> ::tasker_span_runtime::HasTaskUuid
for Envelope<'a, T, U, N>
where
    U: Clone,
{
    #[inline]
    fn task_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        ::tasker_span_runtime::HasTaskUuid::task_uuid(
            P::nested::<&'a [Task; N]>(&self.task)?,
        )
    }
}
#[automatically_derived]
impl<'a, T: Send + ?Sized, U, const N: usize> ::tasker_span_runtime::HasStepUuid
for Envelope<'a, T, U, N>
where
    U: Clone,
    Option<U>: ::tasker_span_runtime::AsUuid,
{
    #[inline]
    fn step_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
        <Option<U> as ::tasker_span_runtime::AsUuid>::as_uuid(&self.id)
    }
}
#[automatically_derived]
impl<'a, T: Send + ?Sized, U, const N: usize> ::tasker_span_runtime::HasNamespace
for Envelope<'a, T, U, N>
where
    U: Clone,
    T: ::tasker_span_runtime::SpanFields,
    <T as ::tasker_span_runtime::SpanFields>::Source: ::tasker_span_runtime::HasNamespace,
{
    #[inline]
    fn namespace(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::tasker_span_runtime::HasNamespace::namespace(P::nested::<T>(&self.inner)?)
    }
}
#[automatically_derived]
impl<'a, T: Send + ?Sized, U, const N: usize> ::tasker_span_runtime::HasTaskFields
for Envelope<'a, T, U, N>
where
    U: Clone,
    T: ::tasker_span_runtime::SpanFields,
    <T as ::tasker_span_runtime::SpanFields>::Source: ::tasker_span_runtime::HasNamespace,
{
    fn task_fields(&self) -> ::tasker_span_runtime::TaskFields<'_> {
        ::tasker_span_runtime::TaskFields {
            namespace: ::tasker_span_runtime::HasNamespace::namespace(self),
            ..::core::default::Default::default()
        }
    }
}
