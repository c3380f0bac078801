#[step_span(
    "step.execution",
    step = message.step,
    task = message.task,
    link = message.trace_context
)]
async fn execute(&self, message: StepMessage) -> TaskerResult<()> {
    self.handle(message).await
}

// expands to

async fn execute(&self, message: StepMessage) -> TaskerResult<()> {
    let __span = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "step.execution", family : Step, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, StepUuid,
            Namespace, HandlerName, AttemptNumber, MaxAttempts], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::supply!(
                __start, __task = ::tasker_span_runtime::__private::subject(& (message
                .task)), __task.0, StepExecution[correlation_id task_uuid namespace] []
            );
            ::tasker_span_runtime::__private::supply!(
                __start, __step = ::tasker_span_runtime::__private::subject(& (message
                .step)), __step.0, StepExecution[step_uuid handler_name] [attempt_number
                max_attempts]
            );
            ::tasker_span_runtime::__private::show!(
                __start, ::tasker_span_runtime::__private::links(& (message.trace_context))
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    TaskerResult<()>,
                > {
                    return __return;
                }
                '__body: { self.handle(message).await }
            },
            |__returned, __ending| {
                ::tasker_span_runtime::__private::observe!(__ending, __returned)
            },
        )
        .await
}
