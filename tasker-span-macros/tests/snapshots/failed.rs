#[step_span(
    "handler.execution",
    step = msg.step,
    task = msg.task,
    failed = |r|!r.success
)]
async fn run_handler(msg: HandlerMessage) -> StepExecutionResult {
    handler(msg).await
}

// expands to

async fn run_handler(msg: HandlerMessage) -> StepExecutionResult {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "handler.execution", family : Step, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::supply!(
                __start, __task = P::subject(& (msg.task)), __task.0,
                handler_execution[__correlation_id __task_uuid __namespace] []
            );
            P::supply!(
                __start, __step = P::subject(& (msg.step)), __step.0,
                handler_execution[__step_uuid __handler_name] [..Step]
            );
        }
        P::Start::begin(&mut __start)
    };
    P::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    StepExecutionResult,
                > {
                    return __return;
                }
                '__body: { handler(msg).await }
            },
            |__returned, __ending| {
                __ending.outcome(P::failed(__returned, |r| !r.success))
            },
        )
        .await
}
