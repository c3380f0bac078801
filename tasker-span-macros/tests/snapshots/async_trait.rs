#[step_span("result.submission")]
fn submit<'life0, 'life1, 'async_trait>(
    &'life0 self,
    step: &'life1 Step,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Result<(), Error>,
        > + ::core::marker::Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    'life1: 'async_trait,
    Self: 'async_trait,
{
    Box::pin(async move {
        let __self = self;
        __self.send(step).await
    })
}

// expands to

fn submit<'life0, 'life1, 'async_trait>(
    &'life0 self,
    step: &'life1 Step,
) -> ::core::pin::Pin<
    Box<
        dyn ::core::future::Future<
            Output = Result<(), Error>,
        > + ::core::marker::Send + 'async_trait,
    >,
>
where
    'life0: 'async_trait,
    'life1: 'async_trait,
    Self: 'async_trait,
{
    let __deferred = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "result.submission", family : Step, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, StepUuid,
            Namespace, AttemptNumber, MaxAttempts], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::supply!(
                __start, __step = ::tasker_span_runtime::__private::subject:: < Step > (&
                * step), __step.0, ResultSubmission[correlation_id task_uuid step_uuid
                namespace] [attempt_number max_attempts]
            );
        }
        ::tasker_span_runtime::__private::Start::defer(&mut __start)
    };
    Box::pin(async move {
        let __span = ::tasker_span_runtime::__private::Deferred::begin(__deferred);
        ::tasker_span_runtime::__private::instrument(
                __span,
                async move {
                    if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                        Result<(), Error>,
                    > {
                        return __return;
                    }
                    '__body: {
                        let __self = self;
                        __self.send(step).await
                    }
                },
                |__returned, __ending| {
                    ::tasker_span_runtime::__private::observe!(__ending, __returned)
                },
            )
            .await
    })
}
