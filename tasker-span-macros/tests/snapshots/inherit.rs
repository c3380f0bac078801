#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
async fn find_viable_steps(&self, task_uuid: Uuid) -> Result<Vec<ViableStep>> {
    self.query(task_uuid).await
}

// expands to

async fn find_viable_steps(&self, task_uuid: Uuid) -> Result<Vec<ViableStep>> {
    let __span = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "step.discovery", family : Task, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, Namespace,
            ParentCorrelationId, TaskName, Priority], late : [], fields : [],
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::Start::task_uuid(
                &mut __start,
                ::tasker_span_runtime::__private::uuid(&(task_uuid)),
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    Result<Vec<ViableStep>>,
                > {
                    return __return;
                }
                '__body: { self.query(task_uuid).await }
            },
            |__returned, __ending| {
                ::tasker_span_runtime::__private::observe!(__ending, __returned)
            },
        )
        .await
}
