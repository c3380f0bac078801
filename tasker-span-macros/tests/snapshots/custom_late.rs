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
        static __SITE: P::Site = P::site! {
            span : "task.initialization", within : ["task.orchestration"], family : Task,
            level : DEBUG, target : "tasker::init", late : [TaskUuid], fields :
            ["request.region", "attempt", "source", "options"], event : "return",
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::namespace(&mut __start, P::text(&(request.namespace)));
            P::Start::show(&mut __start, P::field(&(request.region)));
            P::Start::show(&mut __start, P::field(&(1)));
            P::show!(__start, P::field_display(& (request.source)));
            P::show!(__start, P::field_debug(& (request.options)));
        }
        P::Start::begin(&mut __start)
    };
    P::instrument(
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
                __ending.outcome(P::debug_failure(__returned));
                P::Collect::task_uuid(
                    __ending,
                    P::late_uuid(P::ok!(__returned), |created| created.task_uuid),
                );
                __ending.ret_debug(P::ok!(__returned));
            },
        )
        .await
}
