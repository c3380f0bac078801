#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
async fn serve() -> ! {
    loop {
        step().await;
    }
}

// expands to

async fn serve() -> ! {
    let __span = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "task.orchestration", family : Task, level : INFO, target :
            ::core::module_path!(), attributes : [CorrelationId, TaskUuid, Namespace,
            ParentCorrelationId, TaskName, Priority], late : [], fields : [],
        };
        ::tasker_span_runtime::__private::Start::begin(
            &mut ::tasker_span_runtime::__private::Start::new(&__SITE),
        )
    };
    ::tasker_span_runtime::__private::instrument(
            __span,
            async move {
                loop {
                    step().await;
                }
            },
            |_, _| {},
        )
        .await
}
