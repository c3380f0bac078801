#[task_span("task.state_transition", from = from_state, to = to_state)]
async fn transition(
    &self,
    task: &Task,
    from_state: Option<String>,
    to_state: String,
) -> ActionResult<()> {
    self.store(task, to_state).await
}

// expands to

async fn transition(
    &self,
    task: &Task,
    from_state: Option<String>,
    to_state: String,
) -> ActionResult<()> {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "task.state_transition", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::from_state(&mut __start, P::state(&(from_state)));
            P::Collect::to_state(&mut __start, P::state(&(to_state)));
            P::supply!(
                __start, __task = P::subject:: < Task > (& * task), __task.0,
                task_state_transition[__correlation_id __task_uuid __namespace] [..Task]
            );
        }
        P::Start::begin(&mut __start)
    };
    P::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    ActionResult<()>,
                > {
                    return __return;
                }
                '__body: { self.store(task, to_state).await }
            },
            |__returned, __ending| { P::observe!(__ending, __returned) },
        )
        .await
}
