#[step_span(
    "payment.check",
    within = "step.execution",
    step_uuid = step.id(),
    task = message.task,
    inherit
)]
fn check(message: Message, #[cfg(unix)] step: &(impl Identified + ?Sized)) {
    step.check(message)
}

// expands to

fn check(message: Message, #[cfg(unix)] step: &(impl Identified + ?Sized)) {
    let __guard = P::enter({
        static __SITE: P::Site = P::site! {
            span : "payment.check", within : ["step.execution"], family : Step, level :
            INFO, target : ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::step_uuid(&mut __start, P::uuid(&(step.id())));
            P::supply!(
                __start, __task = P::subject(& (message.task)), __task.0, step_span[]
                [__correlation_id __task_uuid __namespace]
            );
            #[cfg(unix)]
            P::supply!(
                __start, __step = P::candidate!(& * step), __step.0, step_span[]
                [__correlation_id __task_uuid __namespace __handler_name __step_name
                __attempt_number __max_attempts __generation __continuation]
            );
        }
        P::Start::begin(&mut __start)
    });
    '__body: { step.check(message) }
}
