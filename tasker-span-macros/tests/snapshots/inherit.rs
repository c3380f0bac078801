#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
async fn find_viable_steps(&self, task_uuid: Uuid) -> Result<Vec<ViableStep>> {
    self.query(task_uuid).await
}

// expands to

async fn find_viable_steps(&self, task_uuid: Uuid) -> Result<Vec<ViableStep>> {
    let __span = {
        static __SITE: P::Site = P::site! {
            span : "step.discovery", family : Task, level : INFO, target :
            ::core::module_path!(), late : [], fields : [],
        };
        let mut __start = P::Start::new(&__SITE);
        if P::Start::is_enabled(&__start) {
            P::Collect::task_uuid(&mut __start, P::uuid(&(task_uuid)));
        }
        P::Start::begin(&mut __start)
    };
    P::instrument(
            __span,
            async move {
                if let ::core::option::Option::Some(__return) = ::core::option::Option::None::<
                    Result<Vec<ViableStep>>,
                > {
                    return __return;
                }
                '__body: { self.query(task_uuid).await }
            },
            |__returned, __ending| { P::observe!(__ending, __returned) },
        )
        .await
}
