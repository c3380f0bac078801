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
        static __SITE: P::Site = P::site! {
            span : "step.execution", family : Step, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::supply!(
                __start, __task = P::subject(& (message.task)), __task.0,
                step_execution[__correlation_id __task_uuid __namespace] []
            );
            P::supply!(
                __start, __step = P::subject(& (message.step)), __step.0,
                step_execution[__step_uuid __handler_name] [..Step]
            );
            P::link!(__start, P::links(& (message.trace_context)));
        }
        P::Start::begin(&mut __start)
    };
    P::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    TaskerResult<()>,
                > {
                    return __return;
                }
                '__body: { self.handle(message).await }
            },
            |__returned, __ending| { P::observe!(__ending, __returned) },
        )
        .await
}
