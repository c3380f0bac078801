#[task_span(
    "task.finalization",
    within = "task.orchestration",
    task_uuid = id,
    inherit(correlation_id, namespace),
    late(namespace, correlation_id = |task|task.correlation_id)
)]
fn finalize(id: Uuid) -> Result<Task, Error> {
    load(id)
}

// expands to

fn finalize(id: Uuid) -> Result<Task, Error> {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "task.finalization", within : ["task.orchestration"], family : Task,
            level : INFO, target : ::core::module_path!(), late : [Namespace,
            CorrelationId], unless_inherited : [Namespace, CorrelationId], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::task_uuid(&mut __start, P::uuid(&(id)));
        }
        P::Start::begin(&mut __start)
    };
    P::run::<
        Result<Task, Error>,
    >(
        __span,
        move || { load(id) },
        |__returned, __ending| {
            P::observe!(__ending, __returned);
            P::Collect::correlation_id(
                __ending,
                P::late_uuid(P::ok!(__returned), |task| task.correlation_id),
            );
        },
    )
}
