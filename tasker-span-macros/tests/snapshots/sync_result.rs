#[step_span("step.execution", step = message.step, task = message.task)]
fn execute(&self, message: StepMessage) -> TaskerResult<()> {
    self.handle(message)?;
    Ok(())
}

// expands to

fn execute(&self, message: StepMessage) -> TaskerResult<()> {
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
        }
        P::Start::begin(&mut __start)
    };
    P::run::<
        TaskerResult<()>,
    >(
        __span,
        move || {
            self.handle(message)?;
            Ok(())
        },
        |__returned, __ending| { P::observe!(__ending, __returned) },
    )
}
