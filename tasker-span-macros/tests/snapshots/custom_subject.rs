#[step_span(
    "step.validation",
    within = "step.execution",
    kind = client,
    attempt_number = attempt
)]
fn validate(step: Option<&Step>, attempt: u32) -> bool {
    step.is_some()
}

// expands to

fn validate(step: Option<&Step>, attempt: u32) -> bool {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "step.validation", within : ["step.execution"], family : Step, kind :
            Client, level : INFO, target : ::core::module_path!(), late : [], fields :
            [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::attempt_number(&mut __start, P::integer(&(attempt)));
            P::supply!(
                __start, __step = P::subject:: < Option < & Step > > (& step), __step.0,
                step_span[__correlation_id __task_uuid __step_uuid __namespace]
                [__handler_name __step_name __max_attempts __generation __continuation]
            );
        }
        P::Start::begin(&mut __start)
    };
    P::run::<
        bool,
    >(
        __span,
        move || { step.is_some() },
        |__returned, __ending| { P::observe!(__ending, __returned) },
    )
}
