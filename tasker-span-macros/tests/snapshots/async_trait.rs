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
        static __SITE: P::Site = P::site! {
            span : "result.submission", family : Step, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::supply!(
                __start, __step = P::subject:: < Step > (& * step), __step.0,
                result_submission[__correlation_id __task_uuid __step_uuid __namespace]
                [..Step]
            );
        }
        P::Start::defer(&mut __start)
    };
    Box::pin(async move {
        let __span = P::Deferred::begin(__deferred);
        P::instrument(
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
                |__returned, __ending| { P::observe!(__ending, __returned) },
            )
            .await
    })
}
