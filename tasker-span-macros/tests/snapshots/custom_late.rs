#[task_span(
    "task.initialization",
    within = "task.orchestration",
    namespace = request.namespace,
    inherit(correlation_id),
    late(task_uuid = |created|created.task_uuid),
    level = "debug",
    target = "tasker::init",
    fields(
        request.region,
        attempt = 1,
        source = %request.source,
        options = ?request.options
    ),
    err(Debug),
    ret,
)]
pub(crate) async fn initialize(request: Request) -> Result<Task, Error> {
    create(request).await
}

// expands to

pub(crate) async fn initialize(request: Request) -> Result<Task, Error> {
    let __span = {
        static __SITE: ::tasker_span_runtime::__private::Site = ::tasker_span_runtime::__private::site! {
            span : "task.initialization", within : "task.orchestration", family : Task,
            level : DEBUG, target : "tasker::init", attributes : [CorrelationId,
            TaskUuid, Namespace, ParentCorrelationId, TaskName, Priority], late :
            [TaskUuid], fields : ["request.region", "attempt", "source", "options"],
            event : "return",
        };
        let mut __start = ::tasker_span_runtime::__private::Start::new(&__SITE);
        if ::tasker_span_runtime::__private::Start::is_enabled(&__start) {
            ::tasker_span_runtime::__private::Start::namespace(
                &mut __start,
                ::tasker_span_runtime::__private::text(&(request.namespace)),
            );
            ::tasker_span_runtime::__private::show!(
                __start, ::tasker_span_runtime::__private::field(& (request.region)),
                ::tasker_span_runtime::__private::field(& (1)),
                ::tasker_span_runtime::__private::field_display(& (request.source)),
                ::tasker_span_runtime::__private::field_debug(& (request.options))
            );
        }
        ::tasker_span_runtime::__private::Start::begin(&mut __start)
    };
    ::tasker_span_runtime::__private::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    Result<Task, Error>,
                > {
                    return __return;
                }
                '__body: { create(request).await }
            },
            |__returned, __ending| {
                __ending
                    .outcome(
                        ::tasker_span_runtime::__private::debug_failure(__returned),
                    );
                __ending
                    .task_uuid(
                        ::tasker_span_runtime::__private::late_uuid(
                            ::tasker_span_runtime::__private::ok!(__returned),
                            |created| created.task_uuid,
                        ),
                    );
                __ending.ret_debug(::tasker_span_runtime::__private::ok!(__returned));
            },
        )
        .await
}
