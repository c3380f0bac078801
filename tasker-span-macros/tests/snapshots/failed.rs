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
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "handler.execution", family : Step, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, StepUuid,
            Namespace, HandlerName, AttemptNumber, MaxAttempts], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::supply!(
                __start, __task = ::tasker_span_runtime::__private::subject(& (msg
                .task)), __task.0, HandlerExecution[correlation_id task_uuid namespace]
                []
            );
            ::tasker_span_runtime::__private::supply!(
                __start, __step = ::tasker_span_runtime::__private::subject(& (msg
                .step)), __step.0, HandlerExecution[step_uuid handler_name]
                [attempt_number max_attempts]
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::instrument(
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
                __ending
                    .outcome(
                        ::tasker_span_runtime::__private::failed(
                            __returned,
                            |r| !r.success,
                        ),
                    )
            },
        )
        .await
}
