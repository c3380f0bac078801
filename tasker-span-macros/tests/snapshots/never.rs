#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
async fn serve() -> ! {
    loop {
        step().await;
    }
}

// expands to

async fn serve() -> ! {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "task.orchestration", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        P::Start::begin(&mut P::Start::new(&__SITE))
    };
    P::instrument(
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
