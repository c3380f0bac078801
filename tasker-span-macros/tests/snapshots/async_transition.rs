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
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "task.state_transition", family : Task, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, Namespace,
            FromState, ToState, ParentCorrelationId, TaskName, Priority], late : [],
            fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::Start::from_state(
                &mut __start,
                ::tasker_span_runtime::__private::state(&(from_state)),
            );
            ::tasker_span_runtime::__private::Start::to_state(
                &mut __start,
                ::tasker_span_runtime::__private::state(&(to_state)),
            );
            ::tasker_span_runtime::__private::supply!(
                __start, __task = ::tasker_span_runtime::__private::subject:: < Task > (&
                * task), __task.0, TaskStateTransition[correlation_id task_uuid
                namespace] [parent_correlation_id task_name priority started_at]
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    ActionResult<()>,
                > {
                    return __return;
                }
                '__body: { self.store(task, to_state).await }
            },
            |__returned, __ending| {
                ::tasker_span_runtime::__private::observe!(__ending, __returned)
            },
        )
        .await
}
